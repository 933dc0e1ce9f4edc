# A message to route every 15 minutes: send the digests that are due (policy/owners.yaml).

# EventBridge runs scheduled rules on the default bus only. A rule needs no role: route's queue policies name it.
resource "aws_cloudwatch_event_rule" "digest_timer" {
  name                = "${var.name}-digest-timer"
  description         = "Sends route of Cattleguard a message every 15 minutes: send the digests that are due."
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
