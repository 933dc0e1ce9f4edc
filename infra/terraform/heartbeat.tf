# Sensors' heartbeats in a log group. A metric filter counts them per source, and an alarm watches that metric.

resource "aws_cloudwatch_event_rule" "heartbeat" {
  name           = "${var.name}-heartbeat"
  description    = "Sends sensors' heartbeats to a log group."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = file("${local.patterns}/heartbeat.json")
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "heartbeat" {
  rule           = aws_cloudwatch_event_rule.heartbeat.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = aws_cloudwatch_log_group.heartbeat.arn

  dead_letter_config {
    arn = aws_sqs_queue.heartbeat_undelivered.arn
  }
}

resource "aws_sqs_queue" "heartbeat_undelivered" {
  name                      = "${var.name}-heartbeat-undelivered"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

data "aws_iam_policy_document" "heartbeat_undelivered" {
  statement {
    sid       = "OnlyItsRuleSends"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.heartbeat_undelivered.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.heartbeat.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "heartbeat_undelivered" {
  queue_url = aws_sqs_queue.heartbeat_undelivered.url
  policy    = data.aws_iam_policy_document.heartbeat_undelivered.json
}

# EventBridge writes only to log groups under /aws/events/.
resource "aws_cloudwatch_log_group" "heartbeat" {
  name              = "/aws/events/${var.name}-heartbeat"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

data "aws_iam_policy_document" "heartbeat_log" {
  # EventBridge creates a log stream without naming a rule: a condition on aws:SourceArn would never match.
  statement {
    sid       = "EventBridgeCreatesLogStreams"
    actions   = ["logs:CreateLogStream"]
    resources = ["${aws_cloudwatch_log_group.heartbeat.arn}:*"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    }
  }

  statement {
    sid       = "TheRuleWritesHeartbeats"
    actions   = ["logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.heartbeat.arn}:*"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.heartbeat.arn]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "heartbeat" {
  policy_name     = "${var.name}-heartbeat"
  policy_document = data.aws_iam_policy_document.heartbeat_log.json
}

# Counted by the source, which IAM guarantees, and not by the payload.
resource "aws_cloudwatch_log_metric_filter" "heartbeat" {
  for_each       = { heartbeats = "1", waiting = "$.detail.waiting" }
  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.heartbeat.name
  pattern        = "{ $.detail.node = \"*\" }"

  metric_transformation {
    namespace  = "Cattleguard/${var.name}"
    name       = each.key
    value      = each.value
    dimensions = { source = "$.source" }
  }
}
