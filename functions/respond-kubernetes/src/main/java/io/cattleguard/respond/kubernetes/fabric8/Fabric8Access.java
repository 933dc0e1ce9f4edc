package io.cattleguard.respond.kubernetes.fabric8;

import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What responses need a cluster to grant, and whether it does; rbac.yaml says the same. */
public final class Fabric8Access {
  /** Everything that {@link Fabric8Cluster} asks of the API server. */
  static final List<Grant> NEEDED =
      List.of(
          new Grant("", "pods", "get"),
          new Grant("", "pods", "list"),
          new Grant("", "pods", "patch"),
          new Grant("", "pods", "delete"),
          new Grant("apps", "replicasets", "get"),
          new Grant("apps", "deployments", "get"),
          new Grant("apps", "statefulsets", "get"),
          new Grant("networking.k8s.io", "networkpolicies", "create"),
          new Grant("networking.k8s.io", "networkpolicies", "list"),
          new Grant("networking.k8s.io", "networkpolicies", "delete"),
          new Grant("policy", "poddisruptionbudgets", "list"));

  private static final Set<String> READING = Set.of("get", "list");

  private Fabric8Access() {}

  /** One verb on one resource of an API group, the core group being the empty one. */
  record Grant(String group, String resource, String verb) {
    private String inWords() {
      return " may not " + verb + " " + resource + " in group '" + group + "'";
    }
  }

  /**
   * What is not granted in every namespace, a sentence each.
   *
   * @throws Unavailable where the cluster does not say
   */
  public static List<String> missing(KubernetesClient client) {
    List<String> missing = new ArrayList<>();
    for (Grant grant : NEEDED) {
      if (!isGranted(client, grant)) {
        missing.add("up" + grant.inWords());
      }
    }
    return missing;
  }

  /**
   * What the members of a group are not granted in every namespace, a sentence each.
   *
   * @param changes whether they need to change anything, or only to look
   * @throws Unavailable where the cluster does not say, or not to whoever asks
   */
  static List<String> missing(KubernetesClient client, String group, boolean changes) {
    List<String> missing = new ArrayList<>();
    for (Grant grant : NEEDED) {
      if ((changes || READING.contains(grant.verb)) && !isGranted(client, grant, group)) {
        missing.add(group + grant.inWords());
      }
    }
    return missing;
  }

  private static boolean isGranted(KubernetesClient client, Grant grant, String group) {
    SubjectAccessReview review =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser("cattleguard-doctor-asks")
            .withGroups(group, "system:authenticated")
            .withNewResourceAttributes()
            .withGroup(grant.group)
            .withResource(grant.resource)
            .withVerb(grant.verb)
            .endResourceAttributes()
            .endSpec()
            .build();
    try {
      SubjectAccessReview answer = client.authorization().v1().subjectAccessReview().create(review);
      return answer.getStatus() != null && Boolean.TRUE.equals(answer.getStatus().getAllowed());
    } catch (KubernetesClientException e) {
      throw Fabric8Cluster.unavailable(e);
    }
  }

  private static boolean isGranted(KubernetesClient client, Grant grant) {
    SelfSubjectAccessReview review =
        new SelfSubjectAccessReviewBuilder()
            .withNewSpec()
            .withNewResourceAttributes()
            .withGroup(grant.group)
            .withResource(grant.resource)
            .withVerb(grant.verb)
            .endResourceAttributes()
            .endSpec()
            .build();
    try {
      SelfSubjectAccessReview answer =
          client.authorization().v1().selfSubjectAccessReview().create(review);
      return answer.getStatus() != null && Boolean.TRUE.equals(answer.getStatus().getAllowed());
    } catch (KubernetesClientException e) {
      throw Fabric8Cluster.unavailable(e);
    }
  }
}
