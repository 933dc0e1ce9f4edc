package io.cattleguard.respond.aws.waf;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.ApiCalls;
import io.cattleguard.respond.aws.api.Refused;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.wafv2.Wafv2Client;
import software.amazon.awssdk.services.wafv2.model.ListResourcesForWebAclResponse;
import software.amazon.awssdk.services.wafv2.model.ResourceType;

/**
 * Whether web ACLs protect a resource. AWS WAF answers one ListResourcesForWebACL per second, per
 * account and region, so calls are paced, answers are cached for a minute, and a call without an
 * answer in time counts as unknown.
 */
final class WebAclResources {
  /**
   * The resource types that a regional web ACL can protect. Amplify and CloudFront have web ACLs of
   * their own.
   */
  private static final List<ResourceType> PROTECTED =
      List.of(
          ResourceType.APPLICATION_LOAD_BALANCER,
          ResourceType.API_GATEWAY,
          ResourceType.APPSYNC,
          ResourceType.COGNITO_USER_POOL,
          ResourceType.APP_RUNNER_SERVICE,
          ResourceType.VERIFIED_ACCESS_INSTANCE);

  private static final Duration BETWEEN_CALLS = Duration.ofMillis(1_050);
  private static final Duration KEPT = Duration.ofMinutes(1);

  /** Maximum time for reading web ACLs; the function has other alerts to handle. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Supplier<Wafv2Client> client;
  private final Time time;
  private final Map<String, Known> answers = new HashMap<>();
  private boolean hasAsked;
  private long askedNanos;

  private record Known(Match match, long atNanos) {}

  /** A clock, and a way to wait. */
  record Time(LongSupplier nanos, Pause pause) {
    static final Time REAL = new Time(System::nanoTime, WebAclResources::sleep);
  }

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    void of(Duration duration);
  }

  WebAclResources(Supplier<Wafv2Client> client, Time time) {
    this.client = client;
    this.time = time;
  }

  private static void sleep(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted between calls of AWS WAF", e);
    }
  }

  /** Reads several web ACLs within a limited total time. */
  Look look() {
    return new Look(time.nanos.getAsLong());
  }

  /** Asks about one web ACL after the other. */
  final class Look {
    private final long began;

    private Look(long began) {
      this.began = began;
    }

    /** Whether the web ACL protects a resource, asked for one type of resource after the other. */
    Match protects(String webAcl) {
      synchronized (WebAclResources.this) {
        Known known = answers.get(webAcl);
        if (known != null && !hasPassed(known.atNanos, KEPT)) {
          return known.match;
        }
        Match match = ask(webAcl);
        if (match == Match.MAYBE) {
          answers.remove(webAcl);
        } else {
          answers.put(webAcl, new Known(match, time.nanos.getAsLong()));
        }
        return match;
      }
    }

    private Match ask(String webAcl) {
      boolean isKnown = true;
      for (ResourceType type : PROTECTED) {
        if (hasPassed(began, PATIENCE)) {
          return Match.MAYBE;
        }
        switch (one(webAcl, type)) {
          case YES -> {
            return Match.YES;
          }
          case MAYBE -> isKnown = false;
          case NO -> {}
        }
      }
      return isKnown ? Match.NO : Match.MAYBE;
    }
  }

  private Match one(String webAcl, ResourceType type) {
    takeTurn();
    try {
      ListResourcesForWebAclResponse answer =
          ApiCalls.known(
              "WAF ListResourcesForWebACL",
              () ->
                  client
                      .get()
                      .listResourcesForWebACL(
                          request -> request.webACLArn(webAcl).resourceType(type)),
              ApiCalls::hasRequestId);
      if (!answer.resourceArns().isEmpty()) {
        return Match.YES;
      }
      return answer.hasResourceArns() ? Match.NO : Match.MAYBE;
    } catch (Refused e) {
      // Some types need a permission of their own, and some regions do not have each type.
      return Match.MAYBE;
    } catch (Unavailable e) {
      if (isThrottled(e)) {
        // other clients of the account use the same quota, so a retry of the step may not help
        return Match.MAYBE;
      }
      throw e;
    }
  }

  private static boolean isThrottled(Unavailable failure) {
    return failure.getCause() instanceof AwsServiceException e && e.isThrottlingException();
  }

  private void takeTurn() {
    if (hasAsked && !hasPassed(askedNanos, BETWEEN_CALLS)) {
      time.pause.of(BETWEEN_CALLS.minusNanos(Math.max(0, time.nanos.getAsLong() - askedNanos)));
    }
    hasAsked = true;
    askedNanos = time.nanos.getAsLong();
  }

  private boolean hasPassed(long sinceNanos, Duration duration) {
    return time.nanos.getAsLong() - sinceNanos >= duration.toNanos();
  }
}
