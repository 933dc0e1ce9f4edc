# A message to each responder every minute, so that a lease ends on time when no other event arrives.

# EventBridge runs scheduled rules on the default bus only. A rule needs no role: each responder's queue policies name it.
resource "aws_cloudwatch_event_rule" "lease_timer" {
  name                = "${var.name}-lease-timer"
  description         = "Tells each responder of Cattleguard every minute to release the leases that have ended."
  schedule_expression = "rate(1 minute)"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "lease_timer" {
  for_each = { respond-kubernetes = module.respond_kubernetes, respond-aws = module.respond_aws }
  rule     = aws_cloudwatch_event_rule.lease_timer.name
  arn      = each.value.queue.arn
  input    = jsonencode({ detail-type = "Lease Timer", source = "cattleguard.timer", detail = {} })

  # The next minute's message does the same work.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 2
  }
  dead_letter_config {
    arn = each.value.undelivered.arn
  }
}
