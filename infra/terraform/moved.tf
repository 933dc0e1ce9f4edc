# Resources that moved into modules/function or into one resource with for_each. Terraform renames them in the state, so a
# deployment keeps its queues, tables and functions. Needed until every deployment has applied this version once.

# ---- deduplicate

moved {
  from = aws_cloudwatch_event_rule.deduplicate
  to   = module.deduplicate.aws_cloudwatch_event_rule.this
}

moved {
  from = aws_cloudwatch_event_target.deduplicate
  to   = module.deduplicate.aws_cloudwatch_event_target.this
}

moved {
  from = aws_sqs_queue.deduplicate
  to   = module.deduplicate.aws_sqs_queue.this
}

moved {
  from = aws_sqs_queue.deduplicate_failed
  to   = module.deduplicate.aws_sqs_queue.failed
}

moved {
  from = aws_sqs_queue.deduplicate_undelivered
  to   = module.deduplicate.aws_sqs_queue.undelivered
}

moved {
  from = aws_sqs_queue_policy.deduplicate
  to   = module.deduplicate.aws_sqs_queue_policy.this
}

moved {
  from = aws_lambda_event_source_mapping.deduplicate
  to   = module.deduplicate.aws_lambda_event_source_mapping.this
}

moved {
  from = aws_lambda_function.deduplicate
  to   = module.deduplicate.aws_lambda_function.this
}

moved {
  from = aws_lambda_alias.deduplicate
  to   = module.deduplicate.aws_lambda_alias.live
}

moved {
  from = aws_cloudwatch_log_group.deduplicate
  to   = module.deduplicate.aws_cloudwatch_log_group.this
}

moved {
  from = aws_iam_role.deduplicate
  to   = module.deduplicate.aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.deduplicate
  to   = module.deduplicate.aws_iam_role_policy.this
}

moved {
  from = aws_cloudwatch_metric_alarm.dead_letters["deduplicate-failed"]
  to   = module.deduplicate.aws_cloudwatch_metric_alarm.this["failed"]
}

moved {
  from = aws_cloudwatch_metric_alarm.dead_letters["deduplicate-undelivered"]
  to   = module.deduplicate.aws_cloudwatch_metric_alarm.this["undelivered"]
}

moved {
  from = aws_cloudwatch_metric_alarm.oldest_message["deduplicate"]
  to   = module.deduplicate.aws_cloudwatch_metric_alarm.this["oldest-message"]
}

moved {
  from = aws_cloudwatch_metric_alarm.throttles["deduplicate"]
  to   = module.deduplicate.aws_cloudwatch_metric_alarm.this["throttles"]
}

moved {
  from = aws_cloudwatch_metric_alarm.errors["deduplicate"]
  to   = module.deduplicate.aws_cloudwatch_metric_alarm.this["errors"]
}

# ---- score

moved {
  from = aws_cloudwatch_event_rule.score
  to   = module.score.aws_cloudwatch_event_rule.this
}

moved {
  from = aws_cloudwatch_event_target.score
  to   = module.score.aws_cloudwatch_event_target.this
}

moved {
  from = aws_sqs_queue.score
  to   = module.score.aws_sqs_queue.this
}

moved {
  from = aws_sqs_queue.score_failed
  to   = module.score.aws_sqs_queue.failed
}

moved {
  from = aws_sqs_queue.score_undelivered
  to   = module.score.aws_sqs_queue.undelivered
}

moved {
  from = aws_sqs_queue_policy.score
  to   = module.score.aws_sqs_queue_policy.this
}

moved {
  from = aws_lambda_event_source_mapping.score
  to   = module.score.aws_lambda_event_source_mapping.this
}

moved {
  from = aws_lambda_function.score
  to   = module.score.aws_lambda_function.this
}

moved {
  from = aws_lambda_alias.score
  to   = module.score.aws_lambda_alias.live
}

moved {
  from = aws_cloudwatch_log_group.score
  to   = module.score.aws_cloudwatch_log_group.this
}

moved {
  from = aws_iam_role.score
  to   = module.score.aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.score
  to   = module.score.aws_iam_role_policy.this
}

moved {
  from = aws_cloudwatch_metric_alarm.dead_letters["score-failed"]
  to   = module.score.aws_cloudwatch_metric_alarm.this["failed"]
}

moved {
  from = aws_cloudwatch_metric_alarm.dead_letters["score-undelivered"]
  to   = module.score.aws_cloudwatch_metric_alarm.this["undelivered"]
}

moved {
  from = aws_cloudwatch_metric_alarm.oldest_message["score"]
  to   = module.score.aws_cloudwatch_metric_alarm.this["oldest-message"]
}

moved {
  from = aws_cloudwatch_metric_alarm.throttles["score"]
  to   = module.score.aws_cloudwatch_metric_alarm.this["throttles"]
}

moved {
  from = aws_cloudwatch_metric_alarm.errors["score"]
  to   = module.score.aws_cloudwatch_metric_alarm.this["errors"]
}

# ---- route

moved {
  from = aws_cloudwatch_event_rule.route
  to   = module.route.aws_cloudwatch_event_rule.this
}

moved {
  from = aws_cloudwatch_event_target.route
  to   = module.route.aws_cloudwatch_event_target.this
}

moved {
  from = aws_sqs_queue.route
  to   = module.route.aws_sqs_queue.this
}

moved {
  from = aws_sqs_queue.route_failed
  to   = module.route.aws_sqs_queue.failed
}

moved {
  from = aws_sqs_queue.route_undelivered
  to   = module.route.aws_sqs_queue.undelivered
}

moved {
  from = aws_sqs_queue_policy.route
  to   = module.route.aws_sqs_queue_policy.this
}

moved {
  from = aws_lambda_event_source_mapping.route
  to   = module.route.aws_lambda_event_source_mapping.this
}

moved {
  from = aws_lambda_function.route
  to   = module.route.aws_lambda_function.this
}

moved {
  from = aws_lambda_alias.route
  to   = module.route.aws_lambda_alias.live
}

moved {
  from = aws_cloudwatch_log_group.route
  to   = module.route.aws_cloudwatch_log_group.this
}

moved {
  from = aws_iam_role.route
  to   = module.route.aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.route
  to   = module.route.aws_iam_role_policy.this
}

moved {
  from = aws_cloudwatch_metric_alarm.dead_letters["route-failed"]
  to   = module.route.aws_cloudwatch_metric_alarm.this["failed"]
}

moved {
  from = aws_cloudwatch_metric_alarm.dead_letters["route-undelivered"]
  to   = module.route.aws_cloudwatch_metric_alarm.this["undelivered"]
}

moved {
  from = aws_cloudwatch_metric_alarm.oldest_message["route"]
  to   = module.route.aws_cloudwatch_metric_alarm.this["oldest-message"]
}

moved {
  from = aws_cloudwatch_metric_alarm.throttles["route"]
  to   = module.route.aws_cloudwatch_metric_alarm.this["throttles"]
}

moved {
  from = aws_cloudwatch_metric_alarm.errors["route"]
  to   = module.route.aws_cloudwatch_metric_alarm.this["errors"]
}

# ---- Tables

moved {
  from = aws_dynamodb_table.sightings
  to   = aws_dynamodb_table.this["sightings"]
}

moved {
  from = aws_dynamodb_table.histories
  to   = aws_dynamodb_table.this["histories"]
}

moved {
  from = aws_dynamodb_table.conversations
  to   = aws_dynamodb_table.this["conversations"]
}

moved {
  from = aws_dynamodb_table.ledger
  to   = aws_dynamodb_table.this["ledger"]
}

# ---- Alarms on one counter

moved {
  from = aws_cloudwatch_metric_alarm.scored_without_past
  to   = aws_cloudwatch_metric_alarm.counters["scored-without-past"]
}

moved {
  from = aws_cloudwatch_metric_alarm.rejected
  to   = aws_cloudwatch_metric_alarm.counters["rejected"]
}

# ---- respond, which became respond-kubernetes and respond-aws

# Its queues may hold events, and its log is a record of what was done. Terraform forgets these four and does not delete
# them: README, Upgrade.

removed {
  from = aws_sqs_queue.respond

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_sqs_queue.respond_failed

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_sqs_queue.respond_undelivered

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_cloudwatch_log_group.respond

  lifecycle {
    destroy = false
  }
}
