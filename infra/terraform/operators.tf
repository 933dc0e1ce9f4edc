# People's commands: approve, reject, undo, extend, silence, stop, resume. A person publishes the command with AWS credentials;
# the event's source names the caller, so no one can give commands in another name. Commands from Slack are in operate.tf.

locals {
  operator_detail_type = "Operator Command"
  question_detail_type = "Question Asked"
  operator_source      = "cattleguard.operator.$${aws:userid}"
}

resource "aws_cloudwatch_event_rule" "command" {
  for_each       = { respond-command = "the responders", route-command = "route", deduplicate-command = "deduplicate" }
  name           = "${var.name}-${each.key}"
  description    = "Sends people's commands to ${each.value}."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = file("${local.patterns}/${each.key}.json")
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "command" {
  for_each = {
    respond-kubernetes = { rule = "respond-command", step = module.respond_kubernetes }
    respond-aws        = { rule = "respond-command", step = module.respond_aws }
    route              = { rule = "route-command", step = module.route }
    deduplicate        = { rule = "deduplicate-command", step = module.deduplicate }
  }
  rule           = aws_cloudwatch_event_rule.command[each.value.rule].name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = each.value.step.queue.arn

  dead_letter_config {
    arn = each.value.step.undelivered.arn
  }
}

# For the people on call: attach it to their role or permission set. policy/settings.yaml says which commands each of them may give.
# It has no rights to write into the ledger: a command reaches the responders as an event.
data "aws_iam_policy_document" "operator" {
  statement {
    sid       = "CommandInOnesOwnName"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = [local.operator_source]
    }
    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = [local.operator_detail_type]
    }
  }

  statement {
    sid       = "SeeWhatIsContainedAndWhatWaits"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem"]
    resources = [aws_dynamodb_table.this["ledger"].arn]
  }

  statement {
    sid       = "SeeWhatIsUsedOfBudgets"
    actions   = ["dynamodb:Query"]
    resources = ["${aws_dynamodb_table.this["ledger"].arn}/index/listed"]
  }

  statement {
    sid       = "SeeWhatSensorsReport"
    actions   = ["logs:FilterLogEvents"]
    resources = ["${aws_cloudwatch_log_group.heartbeat.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn[*]
    content {
      sid       = "UseTheKeyOfTheBusAndTheLedger"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_policy" "operator" {
  name        = "${var.name}-operator"
  description = "Cattleguard: commands to the responders in one's own name."
  policy      = data.aws_iam_policy_document.operator.json
  tags        = var.tags
}
