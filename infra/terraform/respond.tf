# respond: reads scored alerts, contains one exact object or publishes every objection.

module "respond" {
  source = "./modules/function"
  stack  = local.stack

  name                = "respond"
  description         = "Contains one exact object behind guards, or publishes why not."
  pattern             = file("${local.patterns}/respond.json")
  handler             = "io.cattleguard.respond.RespondHandler"
  package             = local.packages.respond
  memory_megabytes    = var.memory_megabytes.respond
  maximum_concurrency = var.maximum_concurrency.respond
  timeout_seconds     = 120
  batch_size          = 1
  layers              = [aws_lambda_layer_version.policy.arn, aws_lambda_layer_version.clusters.arn]
  vpc                 = var.respond_vpc
  statements          = data.aws_iam_policy_document.respond.json

  # respond does not act on old alerts, so no alert waits long: the rule gives up after 15 minutes. A retry comes after 150 s,
  # when the claim of the failed attempt (120 s) has expired, and all retries fit into a playbook's freshness.
  delivery_retry               = { maximum_age_seconds = 900, maximum_attempts = 60 }
  visibility_timeout_seconds   = 150
  message_retention_seconds    = 3600
  oldest_message_alarm_seconds = 120

  environment = {
    LEDGER_TABLE      = aws_dynamodb_table.this["ledger"].name
    BUS_NAME          = aws_cloudwatch_event_bus.this.name
    POLICY_DIRECTORY  = local.policy_mount
    CLUSTERS_FILE     = local.clusters_mount
    RESPONSE_MODE     = var.response_mode
    QUARANTINE_GROUPS = jsonencode({ for group in values(aws_security_group.quarantine) : group.vpc_id => group.id })
    RESPONSE_TAG      = jsonencode(var.response_tag)
  }
}

data "aws_iam_policy_document" "respond" {
  statement {
    sid       = "ReadAndUpdateTheLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Scan"]
    resources = [aws_dynamodb_table.this["ledger"].arn]
  }

  statement {
    sid       = "PublishDecisions"
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

  dynamic "statement" {
    for_each = length(local.respond_roles) > 0 ? [1] : []
    content {
      sid       = "AssumeRolesInOtherAccounts"
      actions   = ["sts:AssumeRole"]
      resources = local.respond_roles
    }
  }

  # Lambda's own interfaces in the VPC. IAM cannot bind these calls to a resource.
  dynamic "statement" {
    for_each = var.respond_vpc[*]
    content {
      sid       = "RunInTheVpc"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"]
      resources = ["*"]
    }
  }

  # Lambda makes these calls with this role; the function's code never does. Calls of the code carry the function's ARN as
  # lambda:SourceFunctionArn, calls of Lambda do not.
  dynamic "statement" {
    for_each = var.respond_vpc[*]
    content {
      sid       = "TheCodeItselfTouchesNoInterfaceOfTheVpc"
      effect    = "Deny"
      actions   = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"]
      resources = ["*"]
      condition {
        test     = "ArnLike"
        variable = "lambda:SourceFunctionArn"
        values   = [local.respond_function_arn, "${local.respond_function_arn}:*"]
      }
    }
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

  # The same call also names the groups: the quarantine group, and on release the previous ones. Alone this statement
  # allows nothing, because the call always names an interface as well.
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

# The cluster binds rights to one of two groups: infra/kubernetes has the rights of each.
resource "aws_eks_access_entry" "respond" {
  for_each          = local.touched_own_clusters
  cluster_name      = each.key
  principal_arn     = module.respond.role.arn
  type              = "STANDARD"
  user_name         = "cattleguard:respond"
  kubernetes_groups = [local.kubernetes_group]
  tags              = var.tags
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
