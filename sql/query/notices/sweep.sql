DELETE FROM acknowledged_notices WHERE notice_id <= $1
