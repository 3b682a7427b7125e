-- Events without a readable time: no span of time that is asked for has them.
SELECT
    source, coverage_undated.cluster, events,
    CASE WHEN events = 1 THEN 'an event has no readable time: it is' ELSE 'events have no readable time: they are' END
        || ' in no span of time that is asked for' AS what
FROM coverage_undated
