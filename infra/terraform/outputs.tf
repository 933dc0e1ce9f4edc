output "helm_values" {
  description = "For each cluster in this account the values of sensor/chart that depend on this stack, as YAML. The image's are yours."
  value = {
    for name in keys(var.clusters) : name => yamlencode({
      cluster = name
      bus     = { name = aws_cloudwatch_event_bus.this.arn }
      aws     = { region = local.region }
      serviceAccount = {
        name        = var.sensor_service_account.name
        annotations = { for arn in [local.sensor_role_arns[name]] : "eks.amazonaws.com/role-arn" => arn if !var.clusters[name].pod_identity }
      }
    })
  }
}

output "sensor_role_arns" {
  description = "By cluster, the role that its sensor takes."
  value       = local.sensor_role_arns
}

output "bus_name" {
  description = "The bus's name."
  value       = aws_cloudwatch_event_bus.this.name
}

output "bus_arn" {
  description = "The bus's ARN: what a sensor in another account or region names as its bus."
  value       = aws_cloudwatch_event_bus.this.arn
}

output "region" {
  description = "Where all of this is."
  value       = local.region
}

output "respond_role_arn" {
  description = "respond-kubernetes' role: what a role in another account must trust, and what a cluster without an access entry of ours must know."
  value       = aws_iam_role.respond_kubernetes.arn
}

output "kubernetes_group" {
  description = "The group in which respond comes to a cluster; infra/kubernetes/respond.yaml says what it may."
  value       = local.kubernetes_group
}

output "quarantine_group_ids" {
  description = "By VPC, the security group without rules."
  value       = { for group in values(aws_security_group.quarantine) : group.vpc_id => group.id }
}

output "function_names" {
  description = "By step, the function."
  value       = { for step, road in local.road : step => road.function }
}

output "queue_urls" {
  description = "By step, its queue, and where what failed and what could not be delivered is kept."
  value       = { for step, road in local.road : step => { queue = road.queue_url, failed = road.failed_url, undelivered = road.undelivered_url } }
}

output "table_names" {
  description = "The tables, by what they keep."
  value = {
    sightings     = aws_dynamodb_table.sightings.name
    histories     = aws_dynamodb_table.histories.name
    conversations = aws_dynamodb_table.conversations.name
    ledger        = aws_dynamodb_table.ledger.name
  }
}

output "dashboard_name" {
  description = "The CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
