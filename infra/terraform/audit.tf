# The audit logs of EKS clusters, which EKS offers only as a log group of CloudWatch Logs. Its subscription calls deduplicate
# directly: a stream or Firehose in between would cost more than the events that pass the filter.

locals {
  audit_log_groups = { for cluster in var.audit_clusters : cluster => "/aws/eks/${cluster}/cluster" }
}

# Passes only events that the shipped detections can match. A log group has at most two subscription filters.
resource "aws_cloudwatch_log_subscription_filter" "audit" {
  for_each        = local.audit_log_groups
  name            = "${var.name}-audit"
  log_group_name  = each.value
  filter_pattern  = trimspace(file("${path.module}/eks-audit.filter"))
  destination_arn = module.deduplicate.alias.arn

  depends_on = [aws_lambda_permission.audit]
}

# One permission per log group, whose name contains the name of the events' cluster.
resource "aws_lambda_permission" "audit" {
  for_each       = local.audit_log_groups
  statement_id   = "AuditLogOf-${each.key}"
  action         = "lambda:InvokeFunction"
  function_name  = module.deduplicate.function.function_name
  qualifier      = module.deduplicate.alias.name
  principal      = "logs.amazonaws.com"
  source_arn     = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${each.value}:*"
  source_account = local.account
}

# A call that fails is retried twice. Then its events go to the dead-letter queue, from which they can be redriven.
resource "aws_lambda_function_event_invoke_config" "audit" {
  count                        = length(var.audit_clusters) > 0 ? 1 : 0
  function_name                = module.deduplicate.function.function_name
  qualifier                    = module.deduplicate.alias.name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 6 * 3600

  destination_config {
    on_failure {
      destination = module.deduplicate.failed.arn
    }
  }
}

# Lambda drops an event if the dead-letter queue does not accept it. Only this metric shows that.
resource "aws_cloudwatch_metric_alarm" "audit_lost" {
  count               = length(var.audit_clusters) > 0 ? 1 : 0
  alarm_name          = "${var.name}-deduplicate-audit-lost"
  alarm_description   = "Audit events of a cluster are lost: deduplicate failed on them, and Lambda could not send them to ${module.deduplicate.failed.name}. Check that queue's policy and key, and look for \"batch failed\" in the function's log.${local.runbook}audit-lost"
  namespace           = "AWS/Lambda"
  metric_name         = "DestinationDeliveryFailures"
  dimensions          = { FunctionName = module.deduplicate.function.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}
