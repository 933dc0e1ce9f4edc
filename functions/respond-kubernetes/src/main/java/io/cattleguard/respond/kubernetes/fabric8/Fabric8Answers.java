package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** The meaning of the API server's status codes. */
final class Fabric8Answers {
  static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;
  static final int CONFLICT = 409;

  /** The API server's status for a patch whose UID is not the object's. */
  static final int UNPROCESSABLE = 422;

  static final int TOO_MANY_REQUESTS = 429;

  private Fabric8Answers() {}

  /** Asks the API server; an error becomes {@link Unavailable}. */
  static <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (KubernetesClientException e) {
      throw unavailable(e);
    }
  }

  /** Escapes a part of a path. */
  static String segment(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  /**
   * Deletes an object. The library's own deletion takes every 404 for success, and an admission
   * webhook chooses the code of its denial, so only the object itself can tell.
   *
   * @param delete a raw request
   * @param exists whether the object still exists
   */
  static Change deleting(Runnable delete, Supplier<Boolean> exists) {
    try {
      delete.run();
      return Change.MADE;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case NOT_FOUND -> {
          if (asking(exists)) {
            throw denied(e);
          }
          yield Change.GONE;
        }
        case FORBIDDEN, UNPROCESSABLE -> throw denied(e);
        default -> throw unavailable(e);
      };
    }
  }

  static Denied denied(KubernetesClientException e) {
    return new Denied(said(e) + " (HTTP " + e.getCode() + ")", e);
  }

  /** What the API server said. */
  static String said(KubernetesClientException e) {
    return e.getStatus() == null || e.getStatus().getMessage() == null
        ? String.valueOf(e.getMessage())
        : e.getStatus().getMessage();
  }

  static Unavailable unavailable(KubernetesClientException e) {
    return new Unavailable(
        "Kubernetes API: "
            + (e.getCode() <= 0 ? "no response" : "HTTP " + e.getCode())
            + ": "
            + said(e),
        e);
  }
}
