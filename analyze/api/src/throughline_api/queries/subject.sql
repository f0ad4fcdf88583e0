select count(*) as subject_count
from {mart} as subjects
where lower(subjects.{name}) = lower(@subject)
