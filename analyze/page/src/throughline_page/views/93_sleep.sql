select
    cast(null as string) as team_key,
    night_date as day,
    asleep_hours,
    time_in_bed_hours,
    bedtime_deviation_hours
from fct_nights
where asleep_hours is not null
