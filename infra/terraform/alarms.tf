# What somebody must be woken for. All go to alarm_topic_arns, and so does their end.

locals {
  # Lost to the road until somebody puts it back: `aws sqs start-message-move-task`.
  dead_letters = merge(
    { for step, road in local.road : "${step}-failed" => road.failed },
    { for step, road in local.road : "${step}-undelivered" => road.undelivered },
    {
      heartbeat-undelivered = aws_sqs_queue.heartbeat_undelivered.name
      canary-undelivered    = aws_sqs_queue.canary_undelivered.name
    },
  )

  # What each step says of itself (StructuredLog.counts): what it received is the sum of these.
  books = {
    deduplicate = ["opened", "spread", "merged", "suppressed", "ignored", "unreadable"]
    score       = ["scored", "failed"]
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each            = local.dead_letters
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Events lie in ${each.value}. Read one, mend the cause, move them back (README, \"Something lies in a queue of failures\")."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "oldest_message" {
  for_each            = local.road
  alarm_name          = "${var.name}-${each.key}-oldest-message"
  alarm_description   = "${each.key} does not keep up: a message waits for more than ${each.value.patience} s."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = each.value.queue }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.patience
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  for_each            = local.road
  alarm_name          = "${var.name}-${each.key}-throttles"
  alarm_description   = "Lambda turns ${each.key} away: the account's concurrency is spent, or somebody pressed the big red button."
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = each.value.function }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each            = local.road
  alarm_name          = "${var.name}-${each.key}-errors"
  alarm_description   = "${each.key} ends with an error, so that whole batches come again: a wrong setting, or out of time or memory."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = each.value.function }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "books" {
  for_each            = local.books
  alarm_name          = "${var.name}-${each.key}-books"
  alarm_description   = "${each.key}'s books do not balance: received is not ${join(" + ", each.value)}. An alert got lost, or stands in two columns."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags

  metric_query {
    id          = "difference"
    label       = "received, less all columns"
    expression  = "ABS(received - (${join(" + ", each.value)}))"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = concat(["received"], each.value)
    content {
      id = metric_query.value
      metric {
        namespace   = "Cattleguard"
        metric_name = metric_query.value
        dimensions  = { FunctionName = local.road[each.key].function }
        stat        = "Sum"
        period      = 300
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "scored_without_past" {
  alarm_name          = "${var.name}-scored-without-past"
  alarm_description   = "score does not reach its histories: scores are too low, and kill chains do not show."
  namespace           = "Cattleguard"
  metric_name         = "scoredWithoutPast"
  dimensions          = { FunctionName = local.road.score.function }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "heartbeat" {
  for_each            = var.clusters
  alarm_name          = "${var.name}-no-heartbeat-${each.key}"
  alarm_description   = "No sensor of ${each.key} has been heard of for 10 minutes: nobody watches that cluster. Normal until its chart is installed."
  namespace           = "Cattleguard/${var.name}"
  metric_name         = "heartbeats"
  dimensions          = { source = "cattleguard.sensor.${each.key}" }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags

  depends_on = [aws_cloudwatch_log_metric_filter.heartbeat]
}

# A wrong token or channel. After an hour of tries it lies in route-failed; that should not be the first to tell of it.
resource "aws_cloudwatch_metric_alarm" "rejected" {
  alarm_name          = "${var.name}-rejected"
  alarm_description   = "A destination refuses what it is told, so nobody hears there: a wrong token or channel? route's log says which and why."
  namespace           = "Cattleguard"
  metric_name         = "rejected"
  dimensions          = { FunctionName = local.road.route.function }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

# The end of the road: whatever was dealt with there, the canary should have been.
resource "aws_cloudwatch_metric_alarm" "canary" {
  alarm_name          = "${var.name}-no-canary"
  alarm_description   = "Nothing was dealt with at the end of the road for ${2 * var.canary_minutes} minutes, although a canary is sent every ${var.canary_minutes}: a step, its permission, or a destination of everything is broken."
  namespace           = "AWS/SQS"
  metric_name         = "NumberOfMessagesDeleted"
  dimensions          = { QueueName = local.road.route.queue }
  statistic           = "Sum"
  period              = 60 * var.canary_minutes
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}
