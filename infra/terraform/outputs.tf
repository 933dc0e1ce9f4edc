output "helm_values" {
  description = "Per cluster, the values of sensor/chart that depend on this stack, as YAML. Add the image's values."
  value = {
    for name in keys(var.clusters) : name => yamlencode({
      cluster = name
      bus     = { name = aws_cloudwatch_event_bus.this.arn, nodeIdentity = contains(local.pod_clusters, name) ? "pod" : "claimed" }
      aws     = { region = local.region }
      serviceAccount = {
        name        = var.sensor_service_account.name
        annotations = { for arn in [local.sensor_role_arns[name]] : "eks.amazonaws.com/role-arn" => arn if !var.clusters[name].pod_identity }
      }
    })
  }
}

output "sensor_role_arns" {
  description = "Per cluster, the ARN of its sensor's role."
  value       = local.sensor_role_arns
}

output "bus_name" {
  description = "The bus's name."
  value       = aws_cloudwatch_event_bus.this.name
}

output "bus_arn" {
  description = "The bus's ARN. A sensor in another account or region uses it as the bus's name."
  value       = aws_cloudwatch_event_bus.this.arn
}

output "region" {
  description = "The region of the stack."
  value       = local.region
}

output "respond_role_arn" {
  description = "ARN of respond-kubernetes' role. A role in another account must trust it; a cluster without an access entry of this module must map it."
  value       = module.respond_kubernetes.role.arn
}

output "kubernetes_group" {
  description = "Kubernetes group of respond-kubernetes in the clusters. infra/kubernetes/respond.yaml binds its rights."
  value       = local.kubernetes_group
}

output "quarantine_group_ids" {
  description = "Per VPC, the ID of the security group without rules."
  value       = { for group in values(aws_security_group.quarantine) : group.vpc_id => group.id }
}

output "function_names" {
  description = "Per step, the name of its function."
  value       = { for step, road in local.road : step => road.function.function_name }
}

output "queue_urls" {
  description = "Per step, the URLs of its queue and of its two dead-letter queues: failed and undelivered."
  value       = { for step, road in local.road : step => { queue = road.queue.url, failed = road.failed.url, undelivered = road.undelivered.url } }
}

output "operator_policy_arn" {
  description = "ARN of the IAM policy for the people on call: it lets them command the responders in their own name, and see what is contained."
  value       = aws_iam_policy.operator.arn
}

output "slack_url" {
  description = "URL for the Slack app: its interactivity and its slash command. Null without `slack`."
  value       = one([for api in aws_apigatewayv2_api.operate : "${api.api_endpoint}${local.operate_path}"])
}

output "alarm_topic_arns" {
  description = "SNS topics that all alarms notify."
  value       = sort(var.alarm_topic_arns)
}

output "table_names" {
  description = "Per content, the name of the table."
  value       = merge({ for name, table in aws_dynamodb_table.this : name => table.name }, { incidents = aws_dynamodb_table.incidents.name })
}

output "read_incidents_policy" {
  description = "IAM policy, as JSON, for people who run `./cattleguard incidents`, `incident` and `report`."
  value       = data.aws_iam_policy_document.read_incidents.json
}

output "read_models_policy" {
  description = "IAM policy, as JSON, for people who run `./cattleguard model pull`."
  value       = data.aws_iam_policy_document.read_models.json
}

output "rebuild_incidents" {
  description = "Command that replays the archive to record only. Set FROM and TO, such as 2026-03-01T00:00:00Z."
  value       = "aws events start-replay --replay-name record-$(date +%s) --region ${local.region} --event-source-arn ${aws_cloudwatch_event_archive.this.arn} --event-start-time FROM --event-end-time TO --destination '${jsonencode({ Arn = aws_cloudwatch_event_bus.this.arn, FilterArns = [module.record.rule.arn] })}'"
}

output "evidence_bucket" {
  description = "Name of the bucket with the evidence, for `./cattleguard evidence ID --bucket`."
  value       = local.evidence_bucket
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
