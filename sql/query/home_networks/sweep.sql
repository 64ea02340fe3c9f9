DELETE FROM home_networks WHERE at <= $1
