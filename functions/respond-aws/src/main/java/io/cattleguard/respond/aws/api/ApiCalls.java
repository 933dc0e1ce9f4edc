package io.cattleguard.respond.aws.api;

import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.port.Unavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Makes calls. Each returns a complete response, throws {@link Refused} if the service rejected it,
 * or throws {@link Unavailable} if the outcome is unknown.
 *
 * <p>The SDK reads an empty body or a foreign document as a response with no field set, so each
 * call checks a field that the service always sets.
 */
public final class ApiCalls {
  private static final int MOST_PAGES = 50;
  private static final String NO_REQUEST_ID = "UNKNOWN";

  private ApiCalls() {}

  /**
   * One call.
   *
   * @param action service and call, {@code EC2 DescribeInstances}
   * @param isWhole whether the response has a field that the service always sets
   */
  public static <T extends AwsResponse> T once(
      String action, Supplier<T> call, Predicate<T> isWhole) throws Refused {
    try {
      return whole(action, call.get(), isWhole);
    } catch (SdkException e) {
      throw refused(action, e);
    }
  }

  /**
   * One call whose response is checked by its own fields, because not every implementation of the
   * service names the request in it.
   */
  public static <T extends AwsResponse> T known(
      String action, Supplier<T> call, Predicate<T> isWhole) throws Refused {
    try {
      T answer = call.get();
      if (!isWhole.test(answer)) {
        throw new Unavailable(action + ": incomplete response");
      }
      return answer;
    } catch (SdkException e) {
      throw refused(action, e);
    }
  }

  /** Whether the response names its request, as the service's own do. */
  public static boolean hasRequestId(AwsResponse answer) {
    return !answer.responseMetadata().requestId().equals(NO_REQUEST_ID);
  }

  /** Every item of every page, up to 50 pages. */
  public static <P extends AwsResponse, T> List<T> all(
      String action,
      Supplier<? extends Iterable<P>> call,
      Predicate<P> isWhole,
      Function<P, List<T>> items,
      Function<P, @Nullable String> next)
      throws Refused {
    List<T> all = new ArrayList<>();
    int pages = 0;
    try {
      for (P page : call.get()) {
        all.addAll(items.apply(whole(action, page, isWhole)));
        pages++;
        String token = next.apply(page);
        if (pages == MOST_PAGES && token != null && !token.isEmpty()) {
          throw new Unavailable(action + ": more than " + MOST_PAGES + " pages");
        }
      }
      return all;
    } catch (SdkException e) {
      throw refused(action, e);
    }
  }

  private static <T extends AwsResponse> T whole(String action, T answer, Predicate<T> isWhole) {
    if (!isWhole.test(answer) || !hasRequestId(answer)) {
      throw new Unavailable(action + ": incomplete response");
    }
    return answer;
  }

  /** Without the service's error code, a proxy or nothing responded: the outcome is unknown. */
  private static Refused refused(String action, SdkException failure) {
    String code = AwsFailure.code(failure);
    if (failure instanceof AwsServiceException e
        && e.awsErrorDetails() != null
        && code.equals(e.awsErrorDetails().errorCode())
        && e.statusCode() < 500
        && !e.isThrottlingException()) {
      Integer attempts = e.numAttempts();
      return new Refused(code, attempts != null && attempts > 1, e);
    }
    throw new Unavailable(action + " failed: " + AwsFailure.inWords(failure), failure);
  }
}
