output "clusters" {
  description = "The clusters, as the stack's variable `clusters` takes them."
  value = {
    for name in var.clusters : name => {
      sensor_role_arn = aws_iam_role.sensor[name].arn
      respond = var.respond ? {
        endpoint              = data.aws_eks_cluster.this[name].endpoint
        certificate_authority = data.aws_eks_cluster.this[name].certificate_authority[0].data
        role_arn              = aws_iam_role.respond[0].arn
      } : null
    }
  }
}
