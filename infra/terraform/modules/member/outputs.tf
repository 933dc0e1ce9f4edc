# The ARNs are built from names, because the resources' ARNs are not known before the resources exist, and the stack creates
# resources for each ARN: a first plan of both would fail. The stack's policies may name only existing roles, so the stack waits for them.
output "clusters" {
  description = "The clusters, as the stack's variable `clusters` takes them."
  depends_on  = [aws_iam_role.sensor, aws_iam_role.respond]
  value = {
    for name in var.clusters : name => {
      sensor_role_arn = "arn:${local.partition}:iam::${local.account}:role/${local.sensor_role_names[name]}"
      respond = var.respond ? {
        endpoint              = data.aws_eks_cluster.this[name].endpoint
        certificate_authority = data.aws_eks_cluster.this[name].certificate_authority[0].data
        role_arn              = "arn:${local.partition}:iam::${local.account}:role/${var.stack.name}-respond"
      } : null
    }
  }
}
