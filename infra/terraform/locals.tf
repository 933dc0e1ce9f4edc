# Values that several pages use.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  region    = data.aws_region.this.name

  # The only copy of each pattern. events/README.md lists which event matches which pattern.
  patterns = "${path.module}/../../events/patterns"

  packages = {
    for step in ["deduplicate", "score", "route", "record", "operate", "answer", "learn", "respond-kubernetes", "respond-aws"] :
    step => coalesce(var.packages[step], "${path.module}/../../functions/${step}/target/cattleguard-${step}.zip")
  }

  sensor_detail_types = ["Runtime Alerts", "Sensor Heartbeat", "Workload Observed"]

  own_clusters     = { for name, cluster in var.clusters : name => cluster if cluster.sensor_role_arn == null }
  foreign_clusters = { for name, cluster in var.clusters : name => cluster if cluster.sensor_role_arn != null }

  # By account, the clusters of other accounts whose sensors have session tags.
  foreign_accounts = {
    for name, cluster in local.foreign_clusters : split(":", cluster.sensor_role_arn)[4] => name... if contains(local.pod_clusters, name)
  }

  # Roles that end with the name of their cluster, as modules/member names them, can be compared with the session's tag. Elsewhere
  # this is empty, and the tag is what the role's trust policy lets a session have.
  foreign_roles = {
    for account, names in local.foreign_accounts : account => distinct([
      for name in names : endswith(var.clusters[name].sensor_role_arn, "-${name}") ?
      "${trimsuffix(var.clusters[name].sensor_role_arn, name)}${local.tagged_cluster}" : var.clusters[name].sensor_role_arn
    ])
  }
  bound_roles = { for account, arns in local.foreign_roles : account => one(arns) if length(arns) == 1 && endswith(arns[0], local.tagged_cluster) }

  # IAM allows 64 characters: a long cluster name is cut, and its hash makes it unique.
  sensor_role_names = {
    for name in keys(var.clusters) : name =>
    length("${var.name}-sensor-${name}") <= 64 ? "${var.name}-sensor-${name}" : "${substr("${var.name}-sensor-${name}", 0, 55)}-${substr(sha256(name), 0, 8)}"
  }

  sensor_role_arns = {
    for name, cluster in var.clusters : name => cluster.sensor_role_arn != null ? cluster.sensor_role_arn : aws_iam_role.sensor[name].arn
  }

  # Clusters whose sensors name their pod in the source of alerts. EKS Pod Identity's session tags say which pod it is, and IAM
  # compares them. Names of clusters and namespaces and UIDs have no dot, so each source belongs to one pod only.
  pod_clusters   = toset([for name, cluster in var.clusters : name if cluster.node_identity == "pod" && (cluster.pod_identity || cluster.sensor_role_arn != null)])
  tagged_cluster = "$${aws:PrincipalTag/eks-cluster-name}"
  pod_source     = "$${aws:PrincipalTag/kubernetes-namespace}.$${aws:PrincipalTag/kubernetes-pod-uid}.$${aws:PrincipalTag/kubernetes-pod-name}"

  claimed_clusters = [for name, cluster in local.touched_clusters : name if cluster.node_identity == "claimed"]

  enforced_ec2_actions = var.response_mode == "enforce" ? var.ec2_actions : []
  # Built from the name and not read from the resource: the function depends on the policy that contains this ARN.
  respond_kubernetes_function_arn = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name}-respond-kubernetes"
  kubernetes_group                = var.response_mode == "enforce" ? "cattleguard-respond" : "cattleguard-observe"

  # Ends the description of an alarm; the heading of its section follows.
  runbook = var.runbook_url == null ? " Runbook: docs/alarms.md#" : " Runbook: ${var.runbook_url}#"

  # What all functions share.
  stack = {
    name                     = var.name
    bus_name                 = aws_cloudwatch_event_bus.this.name
    bus_arn                  = aws_cloudwatch_event_bus.this.arn
    runtime                  = var.runtime
    architecture             = var.architecture
    log_retention_days       = var.log_retention_days
    alarm_topic_arns         = var.alarm_topic_arns
    runbook                  = local.runbook
    kms_key_arn              = var.kms_key_arn
    permissions_boundary_arn = var.permissions_boundary_arn
    tags                     = var.tags
  }

  # The steps of the road, for alarms, dashboard and outputs.
  road = merge({
    deduplicate        = module.deduplicate
    score              = module.score
    route              = module.route
    record             = module.record
    learn              = module.learn
    respond-kubernetes = module.respond_kubernetes
    respond-aws        = module.respond_aws
  }, { for one in module.answer : "answer" => one })

  # Per event source of this account, the only roles that may publish with it, and with sources of its pods if it has any.
  publishers = merge(
    { for name in keys(local.own_clusters) : "cattleguard.sensor.${name}" => {
      roles   = [local.sensor_role_arns[name]]
      sources = concat(["cattleguard.sensor.${name}"], contains(local.pod_clusters, name) ? ["cattleguard.sensor.${name}.*"] : [])
    } },
    { for source, roles in {
      "cattleguard.sensor.canary" = [aws_iam_role.canary.arn]
      "cattleguard.deduplicate"   = [module.deduplicate.role.arn]
      "cattleguard.score"         = [module.score.role.arn]
      "cattleguard.route"         = [module.route.role.arn]
      "cattleguard.respond"       = [module.respond_kubernetes.role.arn, module.respond_aws.role.arn]
    } : source => { roles = roles, sources = [source] } },
    { "cattleguard.learn" = { roles = [module.learn.role.arn], sources = ["cattleguard.learn.*"] } },
    { for source in [local.operate_source] : source => { roles = [local.operate_role_arn], sources = [source] } if var.slack != null },
  )
}
