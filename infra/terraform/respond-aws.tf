# respond-aws: findings about this account in, one exact instance or security-group rule contained, or every objection told.

# Old news does not act, so nothing waits long here: the rule gives up after 15 minutes, and what failed is tried again
# after two and a half, when no claim of the attempt before holds any more (2 minutes), within a playbook's freshness.

resource "aws_cloudwatch_event_rule" "respond_aws" {
  name           = "${var.name}-respond-aws"
  description    = "What was scored and names an account goes to respond-aws; what is replayed does not."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = file("${local.patterns}/respond-aws.json")
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "respond_aws" {
  rule           = aws_cloudwatch_event_rule.respond_aws.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = aws_sqs_queue.respond_aws.arn

  dead_letter_config {
    arn = aws_sqs_queue.respond_aws_undelivered.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 900
    maximum_retry_attempts       = 60
  }
}

resource "aws_sqs_queue" "respond_aws" {
  name                       = "${var.name}-respond-aws"
  visibility_timeout_seconds = 150
  message_retention_seconds  = 3600
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.respond_aws_failed.arn, maxReceiveCount = 5 })
  tags                       = var.tags
}

# What respond failed at, each time it was tried.
resource "aws_sqs_queue" "respond_aws_failed" {
  name                      = "${var.name}-respond-aws-failed"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

# What the rule could not put into the queue.
resource "aws_sqs_queue" "respond_aws_undelivered" {
  name                      = "${var.name}-respond-aws-undelivered"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

data "aws_iam_policy_document" "respond_aws_queues" {
  for_each = { queue = aws_sqs_queue.respond_aws.arn, undelivered = aws_sqs_queue.respond_aws_undelivered.arn }

  statement {
    sid       = "OnlyItsRuleSends"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.respond_aws.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "respond_aws" {
  for_each  = { queue = aws_sqs_queue.respond_aws.url, undelivered = aws_sqs_queue.respond_aws_undelivered.url }
  queue_url = each.value
  policy    = data.aws_iam_policy_document.respond_aws_queues[each.key].json
}

resource "aws_lambda_event_source_mapping" "respond_aws" {
  event_source_arn        = aws_sqs_queue.respond_aws.arn
  function_name           = aws_lambda_alias.respond_aws.arn
  batch_size              = 1
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = var.maximum_concurrency.respond
  }
}

resource "aws_lambda_function" "respond_aws" {
  function_name    = "${var.name}-respond-aws"
  description      = "Contains one exact instance or security-group rule behind guards, or says why not."
  role             = aws_iam_role.respond_aws.arn
  handler          = "io.cattleguard.respond.aws.AwsHandler"
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = var.memory_megabytes.respond
  timeout          = 120
  filename         = local.packages["respond-aws"]
  source_code_hash = try(filebase64sha256(local.packages["respond-aws"]), null)
  layers           = [aws_lambda_layer_version.policy.arn]
  publish          = true
  kms_key_arn      = var.kms_key_arn
  tags             = var.tags

  snap_start {
    apply_on = "PublishedVersions"
  }

  environment {
    variables = {
      LEDGER_TABLE      = aws_dynamodb_table.ledger.name
      BUS_NAME          = aws_cloudwatch_event_bus.this.name
      POLICY_DIRECTORY  = local.policy_mount
      RESPONSE_MODE     = var.response_mode
      QUARANTINE_GROUPS = jsonencode({ for group in values(aws_security_group.quarantine) : group.vpc_id => group.id })
      RESPONSE_TAG      = jsonencode(var.response_tag)
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists(local.packages["respond-aws"])
      error_message = "${local.packages["respond-aws"]} is not there: make it with `./mvnw package`, or name another in packages."
    }
  }

  depends_on = [aws_cloudwatch_log_group.respond_aws, aws_iam_role_policy.respond_aws]
}

# What is called; a version is published first and then called, so that a snapshot is there when it is.
resource "aws_lambda_alias" "respond_aws" {
  name             = "live"
  function_name    = aws_lambda_function.respond_aws.function_name
  function_version = aws_lambda_function.respond_aws.version
}

resource "aws_cloudwatch_log_group" "respond_aws" {
  name              = "/aws/lambda/${var.name}-respond-aws"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_iam_role" "respond_aws" {
  name                 = "${var.name}-respond-aws"
  description          = "respond, ${var.response_mode}: what it may touch stands in its policy."
  assume_role_policy   = data.aws_iam_policy_document.lambda_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "respond_aws" {
  statement {
    sid       = "TakeWhatIsInItsQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.respond_aws.arn]
  }

  statement {
    sid       = "KeepTheLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Scan"]
    resources = [aws_dynamodb_table.ledger.arn]
  }

  statement {
    sid       = "TellTheBusWhatItDecided"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["cattleguard.respond"]
    }
    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = ["Response Decided"]
    }
  }

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.respond_aws.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn[*]
    content {
      sid       = "ReadAndWriteWhatIsEncryptedWithYourKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  # ---- quarantine-instance and revoke-ingress

  # An instance's interfaces, the group that it is to be cut off by, which must have no rules, and the group whose rule
  # is to be closed, with everybody who has it.
  dynamic "statement" {
    for_each = length(var.ec2_actions) > 0 ? [1] : []
    content {
      sid       = "SeeInterfacesAndGroups"
      actions   = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"]
      resources = ["*"]
      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = [local.region]
      }
    }
  }

  # ---- quarantine-instance

  dynamic "statement" {
    for_each = contains(var.ec2_actions, "quarantine-instance") ? [1] : []
    content {
      sid       = "SeeTheInstance"
      actions   = ["ec2:DescribeInstances"]
      resources = ["*"]
      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = [local.region]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(local.enforced_ec2_actions, "quarantine-instance") ? [1] : []
    content {
      sid       = "SwapTheGroupsOfTaggedInterfaces"
      actions   = ["ec2:ModifyNetworkInterfaceAttribute"]
      resources = ["arn:${local.partition}:ec2:${local.region}:${local.account}:network-interface/*"]
      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${var.response_tag.key}"
        values   = [var.response_tag.value]
      }
    }
  }

  # The same call names the groups as well: the one without rules, and on release whatever was there before. On its own
  # this allows nothing, because the call always has an interface, too.
  dynamic "statement" {
    for_each = contains(local.enforced_ec2_actions, "quarantine-instance") ? [1] : []
    content {
      sid       = "NameTheGroupsThatAreSwapped"
      actions   = ["ec2:ModifyNetworkInterfaceAttribute"]
      resources = ["arn:${local.partition}:ec2:${local.region}:${local.account}:security-group/*"]
    }
  }

  # ---- revoke-ingress

  dynamic "statement" {
    for_each = contains(local.enforced_ec2_actions, "revoke-ingress") ? [1] : []
    content {
      sid       = "CloseARuleOfATaggedGroupAndOpenItAgain"
      actions   = ["ec2:RevokeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupIngress"]
      resources = ["arn:${local.partition}:ec2:${local.region}:${local.account}:security-group/*"]
      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${var.response_tag.key}"
        values   = [var.response_tag.value]
      }
    }
  }
}

resource "aws_iam_role_policy" "respond_aws" {
  name   = "respond"
  role   = aws_iam_role.respond_aws.id
  policy = data.aws_iam_policy_document.respond_aws.json
}

# No rule lets anything in or out: an interface with this group alone is cut off.
resource "aws_security_group" "quarantine" {
  for_each    = var.quarantine_vpcs
  name        = "${var.name}-quarantine"
  description = "Cattleguard: quarantined interfaces. It has no rules and must get none."
  vpc_id      = each.value
  ingress     = []
  egress      = []
  tags        = var.tags
}
