package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Optional;

/**
 * Verifies bearer tokens through TokenReview.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/">the
 *     node in the claims of a token that is bound to a pod</a>
 */
final class Fabric8Tokens {
  private static final String NODE = "authentication.kubernetes.io/node-name";

  private Fabric8Tokens() {}

  /**
   * The token's user and node; empty if the token is not valid for the audience.
   *
   * @throws Unavailable if the cluster does not answer, or denies the question
   */
  static Optional<VerifiedToken> verify(KubernetesClient client, String token, String audience) {
    TokenReview review =
        new TokenReviewBuilder()
            .withNewSpec()
            .withToken(token)
            .withAudiences(audience)
            .endSpec()
            .build();
    TokenReviewStatus status;
    try {
      status = client.tokenReviews().create(review).getStatus();
    } catch (KubernetesClientException e) {
      throw Fabric8Answers.unavailable(e);
    }
    // An API server that ignores audiences returns none.
    if (status == null
        || !Boolean.TRUE.equals(status.getAuthenticated())
        || !status.getAudiences().contains(audience)) {
      return Optional.empty();
    }
    List<String> nodes = status.getUser().getExtra().getOrDefault(NODE, List.of());
    return Optional.of(
        new VerifiedToken(
            status.getUser().getUsername(),
            nodes.size() == 1 ? Optional.of(nodes.getFirst()) : Optional.empty()));
  }
}
