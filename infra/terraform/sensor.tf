# One role per cluster in this account, for its sensor. It may publish events of its own cluster and nothing else.

data "aws_iam_policy_document" "sensor_trust" {
  for_each = local.own_clusters

  dynamic "statement" {
    for_each = each.value.oidc_provider_arn[*]
    content {
      sid     = "TheServiceAccountOfTheSensor"
      actions = ["sts:AssumeRoleWithWebIdentity"]
      principals {
        type        = "Federated"
        identifiers = [statement.value]
      }
      condition {
        test     = "StringEquals"
        variable = "${split(":oidc-provider/", statement.value)[1]}:sub"
        values   = ["system:serviceaccount:${var.sensor_service_account.namespace}:${var.sensor_service_account.name}"]
      }
      condition {
        test     = "StringEquals"
        variable = "${split(":oidc-provider/", statement.value)[1]}:aud"
        values   = ["sts.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = each.value.pod_identity ? [each.key] : []
    content {
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
        values   = ["arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${statement.value}"]
      }
      # The session's tags name the pod's service account, so the role does not rely on the association below alone.
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
}

resource "aws_iam_role" "sensor" {
  for_each             = local.own_clusters
  name                 = local.sensor_role_names[each.key]
  description          = "Cattleguard's sensor in ${each.key}: publishes its cluster's events, nothing else."
  assume_role_policy   = data.aws_iam_policy_document.sensor_trust[each.key].json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "sensor" {
  for_each = local.own_clusters

  statement {
    sid       = "PublishForThisClusterOnly"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.this.arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["cattleguard.sensor.${each.key}"]
    }
    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = local.sensor_detail_types
    }
  }

  # The pod in the source must be the session's own pod. Without session tags, the source matches nothing.
  dynamic "statement" {
    for_each = contains(local.pod_clusters, each.key) ? [each.key] : []
    content {
      sid       = "PublishAlertsOfThisPodOnly"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.this.arn]
      condition {
        test     = "StringEquals"
        variable = "events:source"
        values   = ["cattleguard.sensor.${statement.value}.${local.pod_source}"]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalTag/eks-cluster-name"
        values   = [statement.value]
      }
      condition {
        test     = "StringEquals"
        variable = "events:detail-type"
        values   = ["Runtime Alerts", "Workload Observed"]
      }
    }
  }
}

resource "aws_iam_role_policy" "sensor" {
  for_each = local.own_clusters
  name     = "speak-for-this-cluster"
  role     = aws_iam_role.sensor[each.key].id
  policy   = data.aws_iam_policy_document.sensor[each.key].json
}

resource "aws_eks_pod_identity_association" "sensor" {
  for_each        = { for name, cluster in local.own_clusters : name => cluster if cluster.pod_identity }
  cluster_name    = each.key
  namespace       = var.sensor_service_account.namespace
  service_account = var.sensor_service_account.name
  role_arn        = aws_iam_role.sensor[each.key].arn
  tags            = var.tags
}
