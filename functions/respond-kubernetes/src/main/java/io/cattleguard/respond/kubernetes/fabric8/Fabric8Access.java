package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.actions.Grant;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Checks that a cluster grants the actions' permissions. */
public final class Fabric8Access {
  private Fabric8Access() {}

  private static String inWords(Grant grant) {
    return " may not "
        + grant.verb()
        + " "
        + grant.resource()
        + " in group '"
        + grant.group()
        + "'";
  }

  /**
   * The permissions that are not granted in every namespace, one sentence each.
   *
   * @throws Unavailable if the cluster does not answer
   */
  public static List<String> missing(KubernetesClient client) {
    return missing(client, Grants.needed());
  }

  /**
   * Those of these permissions that are not granted in every namespace, one sentence each.
   *
   * @throws Unavailable if the cluster does not answer
   */
  static List<String> missing(KubernetesClient client, List<Grant> needed) {
    List<String> missing = new ArrayList<>();
    for (Grant grant : verbs(needed)) {
      if (!isGranted(client, grant)) {
        missing.add("up" + inWords(grant));
      }
    }
    return missing;
  }

  /**
   * Those of these permissions that a group lacks in every namespace, one sentence each.
   *
   * @param changes whether the group needs write permissions or only read permissions
   * @throws Unavailable if the cluster does not answer, or denies the question
   */
  static List<String> missing(
      KubernetesClient client, List<Grant> needed, String group, boolean changes) {
    List<String> missing = new ArrayList<>();
    for (Grant grant : verbs(needed)) {
      if ((changes || !grant.changes()) && !isGranted(client, grant, group)) {
        missing.add(group + inWords(grant));
      }
    }
    return missing;
  }

  /** One of each verb on a resource, which several actions may need for different changes. */
  private static Collection<Grant> verbs(List<Grant> grants) {
    Map<String, Grant> verbs = new LinkedHashMap<>();
    grants.forEach(grant -> verbs.putIfAbsent(inWords(grant), grant));
    return verbs.values();
  }

  private static boolean isGranted(KubernetesClient client, Grant grant, String group) {
    SubjectAccessReview review =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser("cattleguard-doctor-asks")
            .withGroups(group, "system:authenticated")
            .withNewResourceAttributes()
            .withGroup(grant.group())
            .withResource(grant.resource().split("/", 2)[0])
            .withSubresource(
                grant.resource().contains("/") ? grant.resource().split("/", 2)[1] : "")
            .withVerb(grant.verb())
            .endResourceAttributes()
            .endSpec()
            .build();
    try {
      SubjectAccessReview answer = client.authorization().v1().subjectAccessReview().create(review);
      return answer.getStatus() != null && Boolean.TRUE.equals(answer.getStatus().getAllowed());
    } catch (KubernetesClientException e) {
      throw Fabric8Answers.unavailable(e);
    }
  }

  static boolean isGranted(KubernetesClient client, Grant grant) {
    SelfSubjectAccessReview review =
        new SelfSubjectAccessReviewBuilder()
            .withNewSpec()
            .withNewResourceAttributes()
            .withGroup(grant.group())
            .withResource(grant.resource().split("/", 2)[0])
            .withSubresource(
                grant.resource().contains("/") ? grant.resource().split("/", 2)[1] : "")
            .withVerb(grant.verb())
            .endResourceAttributes()
            .endSpec()
            .build();
    try {
      SelfSubjectAccessReview answer =
          client.authorization().v1().selfSubjectAccessReview().create(review);
      return answer.getStatus() != null && Boolean.TRUE.equals(answer.getStatus().getAllowed());
    } catch (KubernetesClientException e) {
      throw Fabric8Answers.unavailable(e);
    }
  }
}
