# The roles in a member account whose clusters report to a stack in another account: a role for each sensor, and one role
# that the stack's respond-kubernetes assumes. They have no other rights in this account.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

data "aws_eks_cluster" "this" {
  for_each = var.respond ? var.clusters : []
  name     = each.key
}

locals {
  partition = data.aws_partition.this.partition
  account   = data.aws_caller_identity.this.account_id
  region    = data.aws_region.this.name
  bus_arn   = "arn:${local.partition}:events:${var.stack.region}:${var.stack.account}:event-bus/${var.stack.name}"

  # IAM allows 64 characters: a long cluster name is cut, and its hash makes it unique.
  sensor_role_names = {
    for name in var.clusters : name =>
    length("${var.stack.name}-sensor-${name}") <= 64 ? "${var.stack.name}-sensor-${name}" : "${substr("${var.stack.name}-sensor-${name}", 0, 55)}-${substr(sha256(name), 0, 8)}"
  }
}

# ---- The sensors

data "aws_iam_policy_document" "sensor_trust" {
  for_each = var.clusters

  statement {
    sid     = "PodIdentityOfThisClusterForTheSensor"
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${each.key}"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/kubernetes-namespace"
      values   = [var.sensor_service_account.namespace]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/kubernetes-service-account"
      values   = [var.sensor_service_account.name]
    }
  }
}

resource "aws_iam_role" "sensor" {
  for_each             = var.clusters
  name                 = local.sensor_role_names[each.key]
  description          = "Cattleguard's sensor in ${each.key}: publishes its cluster's events to account ${var.stack.account}, nothing else."
  assume_role_policy   = data.aws_iam_policy_document.sensor_trust[each.key].json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

# The bus's policy also limits which sources the sensor may use.
data "aws_iam_policy_document" "sensor" {
  for_each = var.clusters

  statement {
    sid       = "PublishForThisClusterOnly"
    actions   = ["events:PutEvents"]
    resources = [local.bus_arn]
    condition {
      test     = "StringLike"
      variable = "events:source"
      values   = ["cattleguard.sensor.${each.key}", "cattleguard.sensor.${each.key}.*"]
    }
  }
}

resource "aws_iam_role_policy" "sensor" {
  for_each = var.clusters
  name     = "speak-for-this-cluster"
  role     = aws_iam_role.sensor[each.key].id
  policy   = data.aws_iam_policy_document.sensor[each.key].json
}

resource "aws_eks_pod_identity_association" "sensor" {
  for_each        = var.clusters
  cluster_name    = each.key
  namespace       = var.sensor_service_account.namespace
  service_account = var.sensor_service_account.name
  role_arn        = aws_iam_role.sensor[each.key].arn
  tags            = var.tags
}

# ---- respond-kubernetes

# The principal is the account with a condition on the role, because IAM refuses a trust policy that names a role which does not
# exist yet.
data "aws_iam_policy_document" "respond_trust" {
  statement {
    sid     = "OnlyRespondKubernetesOfTheStack"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${var.stack.account}:root"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = ["arn:${local.partition}:iam::${var.stack.account}:role/${var.stack.name}-respond-kubernetes"]
    }
  }
}

# It has no policy: the cluster's RBAC decides what it may do in the cluster.
resource "aws_iam_role" "respond" {
  count                = var.respond ? 1 : 0
  name                 = "${var.stack.name}-respond"
  description          = "Assumed by Cattleguard's respond-kubernetes in account ${var.stack.account}, to reach the clusters of this account."
  assume_role_policy   = data.aws_iam_policy_document.respond_trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

resource "aws_eks_access_entry" "respond" {
  for_each          = var.respond ? var.clusters : []
  cluster_name      = each.key
  principal_arn     = aws_iam_role.respond[0].arn
  type              = "STANDARD"
  user_name         = "cattleguard:respond"
  kubernetes_groups = [var.stack.response_mode == "enforce" ? "cattleguard-respond" : "cattleguard-observe"]
  tags              = var.tags
}
