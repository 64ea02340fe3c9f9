DELETE FROM ownership_offers WHERE member_id = $1
