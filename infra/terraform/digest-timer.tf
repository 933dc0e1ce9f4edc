# A message to route every 15 minutes: send the digests that are due (policy/owners.yaml), and notify people of alerts that an
# inhibition hid until now.

# EventBridge runs scheduled rules on the default bus only. A rule needs no role: route's queue policies name it.
resource "aws_cloudwatch_event_rule" "digest_timer" {
  name                = "${var.name}-digest-timer"
  description         = "Tells Cattleguard's function route every 15 minutes to send the digests that are due."
  schedule_expression = "rate(15 minutes)"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "digest_timer" {
  rule  = aws_cloudwatch_event_rule.digest_timer.name
  arn   = module.route.queue.arn
  input = jsonencode({ detail-type = "Digest Timer", source = "cattleguard.timer", detail = {} })

  # The next message does the same work.
  retry_policy {
    maximum_event_age_in_seconds = 300
    maximum_retry_attempts       = 2
  }
  dead_letter_config {
    arn = module.route.undelivered.arn
  }
}

# route reports with each message how many digests are due and could not be sent. The minimum of an hour, because a webhook may
# be unavailable for a while.
resource "aws_cloudwatch_metric_alarm" "digests" {
  alarm_name          = "${var.name}-digests"
  alarm_description   = "A digest of findings could not be sent for an hour, so its owner is not notified. route's log names the cause with `digest not sent`: usually a webhook that is not set or was revoked, or findings of an owner that was removed from owners.yaml. Findings are kept for 30 days after the latest one.${local.runbook}digests"
  namespace           = "Cattleguard"
  metric_name         = "digestsWaiting"
  dimensions          = { FunctionName = module.route.function.function_name }
  statistic           = "Minimum"
  period              = 3600
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}
