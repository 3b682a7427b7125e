-- title: Certificates requested and approved
-- answers: Who asked the cluster to sign a certificate, who approved it, and for which purpose?
-- reading: A client certificate, where the cluster signs one, is a login that no IAM change takes away. On EKS,
--   kubelets ask for serving certificates (`kubernetes.io/kubelet-serving`, `beta.eks.amazonaws.com/app-serving`) and
--   EKS approves them; requests by nodes and approvals by EKS are left out unless `nodes` is yes. Look again at the
--   signer `kubernetes.io/kube-apiserver-client`, and at any approval by a person or a service account.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: nodes text = 'no'; yes to list kubelets and their approvals as well
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    object_subresource,
    coalesce(object_name, json_as_text(request_object, 'metadata', 'name')) AS request_name,
    json_as_text(request_object, 'spec', 'signerName') AS signer,
    coalesce(
        json_as_text(request_object, 'spec', 'username'),
        json_as_text(response_object, 'spec', 'username')
    ) AS requested_by,
    json_as_text(request_object, 'spec', 'usages') AS usages,
    json_as_text(request_object, 'status', 'conditions') AS conditions,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource = 'certificatesigningrequests'
  AND verb IN ('create', 'update', 'patch', 'delete')
  AND (
      $nodes = 'yes'
      OR NOT regexp_like(
          coalesce(user_name, ''),
          '^(system:node:.*|eks:certificate-controller|system:kube-controller-manager)$'
      )
  )
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
