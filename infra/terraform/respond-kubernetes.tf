# respond-kubernetes: reads scored alerts, contains one exact pod or publishes every objection. It alone runs in the VPC.

module "respond_kubernetes" {
  source = "./modules/function"
  stack  = local.stack

  name                = "respond-kubernetes"
  description         = "Isolates or deletes one pod if all guards pass, or publishes why not."
  pattern             = file("${local.patterns}/respond-kubernetes.json")
  handler             = "io.cattleguard.respond.kubernetes.KubernetesHandler"
  package             = local.packages["respond-kubernetes"]
  memory_megabytes    = var.memory_megabytes.respond
  maximum_concurrency = var.maximum_concurrency.respond
  timeout_seconds     = 120
  batch_size          = 1
  layers              = [aws_lambda_layer_version.policy.arn, aws_lambda_layer_version.clusters.arn]
  vpc                 = var.respond_vpc
  publishes           = { source = "cattleguard.respond", detail_type = "Response Decided", other_detail_types = [local.operator_detail_type] }
  other_rule_arns     = [aws_cloudwatch_event_rule.lease_timer.arn, aws_cloudwatch_event_rule.command["respond-command"].arn]
  statements          = data.aws_iam_policy_document.respond_kubernetes.json

  # A responder does not act on old alerts, so no alert waits long: the rule gives up after 15 minutes. A retry comes after
  # 150 s, when the claim of the failed attempt (120 s) has expired, and all retries fit into a playbook's freshness.
  delivery_retry               = { maximum_age_seconds = 900, maximum_attempts = 60 }
  visibility_timeout_seconds   = 150
  message_retention_seconds    = 3600
  oldest_message_alarm_seconds = 120

  environment = merge({
    LEDGER_TABLE     = aws_dynamodb_table.this["ledger"].name
    QUEUE_URL        = module.respond_kubernetes.queue.url
    BUS_NAME         = aws_cloudwatch_event_bus.this.name
    POLICY_DIRECTORY = local.policy_mount
    RESPONSE_MODE    = var.response_mode
    CLUSTERS_FILE    = local.clusters_mount
    EVIDENCE_BUCKET  = local.evidence_bucket
    }, length(local.claimed_clusters) == 0 ? {} : {
    # Clusters whose alerts may claim any node. doctor reports them.
    CLAIMED_NODES = join(",", local.claimed_clusters)
  })
}

data "aws_iam_policy_document" "respond_kubernetes" {
  statement {
    sid       = "ReadAndUpdateTheLedger"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:Scan"]
    resources = [aws_dynamodb_table.this["ledger"].arn]
  }

  # The function sends itself a message with a delay to verify an action or to retry, so that no invocation waits.
  statement {
    sid       = "SendDelayedMessagesToItself"
    actions   = ["sqs:SendMessage"]
    resources = [module.respond_kubernetes.queue.arn]
  }

  dynamic "statement" {
    for_each = length(local.respond_roles) > 0 ? [1] : []
    content {
      sid       = "AssumeRolesInOtherAccounts"
      actions   = ["sts:AssumeRole"]
      resources = local.respond_roles
    }
  }

  # capture-evidence: parts and a manifest are stored under keys without an object.
  dynamic "statement" {
    for_each = local.evidence_writes
    content {
      sid       = "StoreNewEvidence"
      actions   = ["s3:PutObject"]
      resources = ["${local.evidence_bucket_arn}/evidence/*"]
      condition {
        test     = "Null"
        variable = "s3:if-none-match"
        values   = ["false"]
      }
    }
  }

  # A manifest contains its number and the hash of the previous one. The function cannot read the parts.
  dynamic "statement" {
    for_each = local.evidence_writes
    content {
      sid       = "FindTheLastManifest"
      actions   = ["s3:ListBucket"]
      resources = [local.evidence_bucket_arn]
      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = ["evidence/*/manifests/"]
      }
    }
  }

  dynamic "statement" {
    for_each = local.evidence_writes
    content {
      sid       = "ReadTheLastManifest"
      actions   = ["s3:GetObject"]
      resources = ["${local.evidence_bucket_arn}/evidence/*/manifests/*"]
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
        values   = [local.respond_kubernetes_function_arn, "${local.respond_kubernetes_function_arn}:*"]
      }
    }
  }
}

# The cluster binds rights to one of two groups: infra/kubernetes has the rights of each.
resource "aws_eks_access_entry" "respond_kubernetes" {
  for_each          = local.touched_own_clusters
  cluster_name      = each.key
  principal_arn     = module.respond_kubernetes.role.arn
  type              = "STANDARD"
  user_name         = "cattleguard:respond"
  kubernetes_groups = [local.kubernetes_group]
  tags              = var.tags
}
