# respond-aws: reads scored alerts, contains one exact instance, rule, access key, role, bucket or address, or publishes every objection.

module "respond_aws" {
  source = "./modules/function"
  stack  = local.stack

  name                = "respond-aws"
  description         = "Contains one instance, security-group rule, access key or role if all guards pass, or publishes why not."
  pattern             = file("${local.patterns}/respond-aws.json")
  handler             = "io.cattleguard.respond.aws.AwsHandler"
  package             = local.packages["respond-aws"]
  memory_megabytes    = var.memory_megabytes.respond
  maximum_concurrency = var.maximum_concurrency.respond
  timeout_seconds     = 120
  batch_size          = 1
  layers              = [aws_lambda_layer_version.policy.arn]
  publishes           = { source = "cattleguard.respond", detail_type = "Response Decided", other_detail_types = [local.operator_detail_type] }
  other_rule_arns     = [aws_cloudwatch_event_rule.lease_timer.arn, aws_cloudwatch_event_rule.command["respond-command"].arn]
  statements          = data.aws_iam_policy_document.respond_aws.json

  # As in respond-kubernetes.tf.
  delivery_retry               = { maximum_age_seconds = 900, maximum_attempts = 60 }
  visibility_timeout_seconds   = 150
  message_retention_seconds    = 3600
  oldest_message_alarm_seconds = 120

  environment = {
    LEDGER_TABLE         = aws_dynamodb_table.this["ledger"].name
    QUEUE_URL            = module.respond_aws.queue.url
    BUS_NAME             = aws_cloudwatch_event_bus.this.name
    POLICY_DIRECTORY     = local.policy_mount
    RESPONSE_MODE        = var.response_mode
    EC2_ACTIONS          = jsonencode(sort(var.ec2_actions)) # for `plan --account`; the role is what decides
    QUARANTINE_GROUPS    = jsonencode({ for group in values(aws_security_group.quarantine) : group.vpc_id => group.id })
    RESPONSE_TAG         = jsonencode(var.response_tag)
    PROTECTED_PRINCIPALS = jsonencode(sort(local.protected_principals))
    RESPONSE_BUCKETS     = jsonencode(sort(var.response_buckets))
    BLOCK_LISTS          = jsonencode(sort(var.block_lists))
  }
}

# Users and roles that revoke-role-sessions and deactivate-access-key never change: yours, and the roles of this stack.
locals {
  protected_principals = setunion(
    var.protected_principals,
    # Not local.road, because that would be a cycle: it depends on this function, which depends on this value.
    [
      module.deduplicate.role.name,
      module.score.role.name,
      module.route.role.name,
      module.record.role.name,
      module.learn.role.name,
      module.respond_kubernetes.role.name,
      module.respond_aws.role.name,
    ],
    aws_iam_role.operate[*].name,
    [for one in module.answer : one.role.name],
    [for role in aws_iam_role.sensor : role.name],
    [aws_iam_role.canary.name],
  )
}

# The statements that each action needs, generated from the code by `./cattleguard permissions --as terraform`.
locals {
  needed_ec2_statements = jsondecode(file("${path.module}/respond-aws.statements.json"))
  known_ec2_actions     = sort(distinct(flatten(local.needed_ec2_statements[*].responses)))
  ec2_statements = [
    for statement in local.needed_ec2_statements : merge(statement, {
      # IAM resources and buckets have no region; the ARNs of buckets and snapshots contain no account.
      arn_prefix = join(":", [
        "arn", local.partition, statement.service,
        contains(["iam", "s3"], statement.service) ? "" : local.region,
        contains(["bucket", "snapshot"], statement.resource) ? "" : local.account,
        "",
      ])
    }) if length(setintersection(statement.changes ? local.enforced_ec2_actions : var.ec2_actions, statement.responses)) > 0
  ]
  # The ARNs of a statement that is restricted to `listed` resources, by resource type.
  listed = {
    bucket      = [for bucket in var.response_buckets : "arn:${local.partition}:s3:::${bucket}"]
    ipset       = [for arn in var.block_lists : arn if can(regex(":wafv2:", arn))]
    prefix-list = [for arn in var.block_lists : arn if can(regex(":prefix-list/", arn))]
  }
  ec2_statements_by_bound = { for statement in local.ec2_statements : statement.bound => statement... }
}

data "aws_iam_policy_document" "respond_aws" {
  statement {
    sid       = "ReadAndUpdateTheLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:Scan"]
    resources = [aws_dynamodb_table.this["ledger"].arn]
  }

  # As in respond-kubernetes.tf.
  statement {
    sid       = "SendDelayedMessagesToItself"
    actions   = ["sqs:SendMessage"]
    resources = [module.respond_aws.queue.arn]
  }

  # Read calls of respond. EC2 and Auto Scaling support no resource-level permissions for them.
  dynamic "statement" {
    for_each = lookup(local.ec2_statements_by_bound, "region", [])
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = ["*"]
      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = [local.region]
      }
    }
  }

  # Read calls of IAM, which has no regions, and the volumes of which snapshots are taken.
  dynamic "statement" {
    for_each = lookup(local.ec2_statements_by_bound, "account", [])
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = ["${statement.value.arn_prefix}${statement.value.resource}/*"]
    }
  }

  # Changes by respond: only of resources with the tag `response_tag`, or, for the groups that an interface gets back, with its value
  # `restore`.
  dynamic "statement" {
    for_each = concat(lookup(local.ec2_statements_by_bound, "tag", []), lookup(local.ec2_statements_by_bound, "restore", []))
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = ["${statement.value.arn_prefix}${statement.value.resource}/*"]
      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${var.response_tag.key}"
        values   = concat([var.response_tag.value], statement.value.bound == "restore" ? ["restore"] : [])
      }
    }
  }

  # Buckets have no tags in IAM unless each is set up for it, so they are listed. So are the lists of blocked addresses: a tag does
  # not say that a list is one that blocks.
  dynamic "statement" {
    for_each = [for one in lookup(local.ec2_statements_by_bound, "listed", []) : one if length(local.listed[one.resource]) > 0]
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = local.listed[statement.value.resource]
    }
  }

  # Snapshots are made and get their tags in one request; nothing that exists already gets tags.
  dynamic "statement" {
    for_each = lookup(local.ec2_statements_by_bound, "evidence", [])
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = ["${statement.value.arn_prefix}${statement.value.resource}/*"]
      condition {
        test     = "StringLike"
        variable = "aws:RequestTag/cattleguard:evidence"
        values   = ["*"]
      }
      dynamic "condition" {
        for_each = contains(statement.value.actions, "ec2:CreateTags") ? ["CreateSnapshots"] : []
        content {
          test     = "StringEquals"
          variable = "ec2:CreateAction"
          values   = [condition.value]
        }
      }
    }
  }

  # The VPC CNI adds interfaces to a node of EKS without the tags of its launch template. IAM does not see the tag of the
  # instance that an interface is attached to; the guard of quarantine-instance checks that tag.
  dynamic "statement" {
    for_each = lookup(local.ec2_statements_by_bound, "node", [])
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = ["${statement.value.arn_prefix}${statement.value.resource}/*"]
      condition {
        test     = "ArnEquals"
        variable = "ec2:Vpc"
        values   = [for vpc in values(var.quarantine_vpcs) : "${statement.value.arn_prefix}vpc/${vpc}"]
      }
      condition {
        test     = "StringLike"
        variable = "aws:ResourceTag/node.k8s.amazonaws.com/instance_id"
        values   = ["i-*"]
      }
    }
  }

  # The call that swaps the groups of an interface also names the groups, and IAM checks each: the quarantine group, and on
  # release the previous groups (bound `restore`).
  dynamic "statement" {
    for_each = lookup(local.ec2_statements_by_bound, "quarantine", [])
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = [for group in aws_security_group.quarantine : group.arn]
    }
  }
}

# The group has no rules: an interface with this group alone has no traffic.
resource "aws_security_group" "quarantine" {
  for_each    = var.quarantine_vpcs
  name        = "${var.name}-quarantine"
  description = "Cattleguard: quarantined interfaces. It has no rules and must get none."
  vpc_id      = each.value
  ingress     = []
  egress      = []
  tags        = var.tags
}
