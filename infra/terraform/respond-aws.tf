# respond-aws: reads scored alerts, contains one exact instance or closes one security-group rule, or publishes every objection.

module "respond_aws" {
  source = "./modules/function"
  stack  = local.stack

  name                = "respond-aws"
  description         = "Contains one exact instance or security-group rule behind guards, or publishes why not."
  pattern             = file("${local.patterns}/respond-aws.json")
  handler             = "io.cattleguard.respond.aws.AwsHandler"
  package             = local.packages["respond-aws"]
  memory_megabytes    = var.memory_megabytes.respond
  maximum_concurrency = var.maximum_concurrency.respond
  timeout_seconds     = 120
  batch_size          = 1
  layers              = [aws_lambda_layer_version.policy.arn]
  publishes           = { source = "cattleguard.respond", detail_type = "Response Decided" }
  other_rule_arns     = [aws_cloudwatch_event_rule.lease_timer.arn]
  statements          = data.aws_iam_policy_document.respond_aws.json

  # As in respond-kubernetes.tf.
  delivery_retry               = { maximum_age_seconds = 900, maximum_attempts = 60 }
  visibility_timeout_seconds   = 150
  message_retention_seconds    = 3600
  oldest_message_alarm_seconds = 120

  environment = {
    LEDGER_TABLE      = aws_dynamodb_table.this["ledger"].name
    QUEUE_URL         = module.respond_aws.queue.url
    BUS_NAME          = aws_cloudwatch_event_bus.this.name
    POLICY_DIRECTORY  = local.policy_mount
    RESPONSE_MODE     = var.response_mode
    QUARANTINE_GROUPS = jsonencode({ for group in values(aws_security_group.quarantine) : group.vpc_id => group.id })
    RESPONSE_TAG      = jsonencode(var.response_tag)
  }
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

  # ---- quarantine-instance and revoke-ingress

  # Reads an instance's interfaces, the quarantine group (it must have no rules), and the group whose rule is closed, with
  # all interfaces that use it.
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

  # The VPC CNI adds interfaces to a node of EKS without the tags of its launch template. IAM does not see the tag of the
  # instance that an interface is attached to; the guard of quarantine-instance checks that tag.
  dynamic "statement" {
    for_each = contains(local.enforced_ec2_actions, "quarantine-instance") ? [1] : []
    content {
      sid       = "SwapTheGroupsOfInterfacesAddedByTheVpcCni"
      actions   = ["ec2:ModifyNetworkInterfaceAttribute"]
      resources = ["arn:${local.partition}:ec2:${local.region}:${local.account}:network-interface/*"]
      condition {
        test     = "ArnEquals"
        variable = "ec2:Vpc"
        values   = [for vpc in values(var.quarantine_vpcs) : "arn:${local.partition}:ec2:${local.region}:${local.account}:vpc/${vpc}"]
      }
      condition {
        test     = "StringLike"
        variable = "aws:ResourceTag/node.k8s.amazonaws.com/instance_id"
        values   = ["i-*"]
      }
    }
  }

  # The same call also names the groups that the interface gets, and IAM checks each: the quarantine group, and on release
  # the previous groups.
  dynamic "statement" {
    for_each = contains(local.enforced_ec2_actions, "quarantine-instance") ? [1] : []
    content {
      sid       = "PutInterfacesIntoTheQuarantineGroup"
      actions   = ["ec2:ModifyNetworkInterfaceAttribute"]
      resources = [for group in aws_security_group.quarantine : group.arn]
    }
  }

  dynamic "statement" {
    for_each = contains(local.enforced_ec2_actions, "quarantine-instance") ? [1] : []
    content {
      sid       = "GiveInterfacesTheirTaggedGroupsBack"
      actions   = ["ec2:ModifyNetworkInterfaceAttribute"]
      resources = ["arn:${local.partition}:ec2:${local.region}:${local.account}:security-group/*"]
      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${var.response_tag.key}"
        values   = [var.response_tag.value, "restore"]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(var.ec2_actions, "quarantine-instance") ? [1] : []
    content {
      sid       = "SeeTheLifecycleStateOfTheInstance"
      actions   = ["autoscaling:DescribeAutoScalingInstances"]
      resources = ["*"]
      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = [local.region]
      }
    }
  }

  # An Auto Scaling group terminates an instance that fails its health checks, unless it is in standby.
  dynamic "statement" {
    for_each = contains(local.enforced_ec2_actions, "quarantine-instance") ? [1] : []
    content {
      sid       = "PutInstancesOfTaggedGroupsIntoStandbyAndBack"
      actions   = ["autoscaling:EnterStandby", "autoscaling:ExitStandby"]
      resources = ["arn:${local.partition}:autoscaling:${local.region}:${local.account}:autoScalingGroup:*:autoScalingGroupName/*"]
      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${var.response_tag.key}"
        values   = [var.response_tag.value]
      }
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
