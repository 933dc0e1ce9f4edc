output "function" {
  description = "The function, an `aws_lambda_function`."
  value       = aws_lambda_function.this
}

output "alias" {
  description = "The alias `live`, which the event source mapping calls, an `aws_lambda_alias`."
  value       = aws_lambda_alias.live
}

output "mapping" {
  description = "The event source mapping, an `aws_lambda_event_source_mapping`."
  value       = aws_lambda_event_source_mapping.this
}

output "rule" {
  description = "The rule on the stack's bus, an `aws_cloudwatch_event_rule`."
  value       = aws_cloudwatch_event_rule.this
}

output "target" {
  description = "The rule's target, an `aws_cloudwatch_event_target`."
  value       = aws_cloudwatch_event_target.this
}

output "queue" {
  description = "The queue, an `aws_sqs_queue`."
  value       = aws_sqs_queue.this
}

output "failed" {
  description = "The dead-letter queue of the queue, an `aws_sqs_queue`."
  value       = aws_sqs_queue.failed
}

output "undelivered" {
  description = "The dead-letter queue of the rule, an `aws_sqs_queue`."
  value       = aws_sqs_queue.undelivered
}

output "log_group" {
  description = "The log group, an `aws_cloudwatch_log_group`."
  value       = aws_cloudwatch_log_group.this
}

output "role" {
  description = "The role, an `aws_iam_role`."
  value       = aws_iam_role.this
}

output "common_statements" {
  description = "The statements that the module adds to the caller's, an `aws_iam_policy_document`."
  value       = data.aws_iam_policy_document.this
}

output "alarms" {
  description = "The alarms by what they watch (failed, undelivered, oldest-message, throttles, errors), each an `aws_cloudwatch_metric_alarm`."
  value       = aws_cloudwatch_metric_alarm.this
}
