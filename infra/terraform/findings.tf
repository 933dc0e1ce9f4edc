# GuardDuty and Security Hub speak on the account's default bus. Their findings go straight into deduplicate's queue: on
# our own bus they would have to be put by somebody, and nobody but sensors puts there what deduplicate reads.

resource "aws_cloudwatch_event_rule" "findings" {
  for_each      = var.findings
  name          = "${var.name}-deduplicate-${each.key}"
  description   = "Findings of ${each.key} go to Cattleguard's deduplicate."
  event_pattern = file("${local.patterns}/deduplicate-${each.key}.json")
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "findings" {
  for_each = var.findings
  rule     = aws_cloudwatch_event_rule.findings[each.key].name
  arn      = aws_sqs_queue.deduplicate.arn

  dead_letter_config {
    arn = aws_sqs_queue.deduplicate_undelivered.arn
  }
}
