# GuardDuty, Security Hub and CloudTrail publish on the account's default bus. Rules there send their events directly into deduplicate's
# queue. A copy onto the stack's bus would need a role that may publish what deduplicate reads; only sensors have that.

locals {
  default_bus = setunion(var.findings, var.cloudtrail ? ["cloudtrail"] : [])
}

resource "aws_cloudwatch_event_rule" "findings" {
  for_each      = local.default_bus
  name          = "${var.name}-deduplicate-${each.key}"
  description   = "Sends events of ${each.key} to Cattleguard's queue for deduplicate."
  event_pattern = file("${local.patterns}/deduplicate-${each.key}.json")
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "findings" {
  for_each = local.default_bus
  rule     = aws_cloudwatch_event_rule.findings[each.key].name
  arn      = module.deduplicate.queue.arn

  dead_letter_config {
    arn = module.deduplicate.undelivered.arn
  }
}
