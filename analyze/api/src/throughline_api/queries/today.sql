select max(date_day) as date_day
from dim_dates
