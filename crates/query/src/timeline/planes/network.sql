-- Network flows. Nobody acts in them: who is behind an address is told where a cluster is asked for. The columns after
-- `raw` are for telling which cluster a flow concerns; the view leaves them out.
SELECT
    event_time AS time,
    arrow_cast('network', 'Utf8View') AS plane,
    arrow_cast(NULL, 'Utf8View') AS cluster,
    arrow_cast(NULL, 'Utf8View') AS actor,
    arrow_cast('unknown', 'Utf8View') AS actor_kind,
    arrow_cast(NULL, 'Utf8View') AS acting_as,
    CASE vpc_flow.action WHEN 'ACCEPT' THEN arrow_cast('flow accepted', 'Utf8View')
         WHEN 'REJECT' THEN arrow_cast('flow rejected', 'Utf8View')
         ELSE arrow_cast('no flow', 'Utf8View') END AS action,
    flow_target(coalesce(pkt_dstaddr, dstaddr), arrow_cast(dstport, 'Utf8View')) AS target,
    arrow_cast(NULL, 'Utf8View') AS namespace,
    CASE WHEN vpc_flow.action = 'REJECT' THEN arrow_cast('denied', 'Utf8View')
         ELSE arrow_cast('done', 'Utf8View') END AS outcome,
    coalesce(pkt_srcaddr, srcaddr) AS address,
    arrow_cast(NULL, 'Utf8View') AS user_agent,
    arrow_cast('informational', 'Utf8View') AS severity,
    arrow_cast('network', 'Utf8View') AS category,
    arrow_cast(NULL, 'Utf8View') AS technique,
    flow_summary(
        coalesce(pkt_srcaddr, srcaddr), coalesce(pkt_dstaddr, dstaddr), arrow_cast(dstport, 'Utf8View'),
        arrow_cast(protocol, 'Utf8View'), arrow_cast(packets, 'Utf8View'), arrow_cast(bytes, 'Utf8View'),
        vpc_flow.action, log_status
    ) AS summary,
    arrow_cast(NULL, 'Utf8View') AS user_arn,
    arrow_cast(NULL, 'Utf8View') AS access_key_id,
    arrow_cast(NULL, 'Utf8View') AS minted_access_key_id,
    arrow_cast(NULL, 'Utf8View') AS identity,
    coalesce(account_id, log_account_id) AS account_id,
    region,
    arrow_cast(NULL, 'Utf8View') AS event_id,
    arrow_cast(NULL, 'Utf8View') AS stage,
    source_uri,
    source_record,
    source_sha256,
    raw,
    interface_id,
    instance_id,
    vpc_id,
    srcaddr,
    dstaddr,
    pkt_srcaddr,
    pkt_dstaddr,
    end_time
FROM vpc_flow
