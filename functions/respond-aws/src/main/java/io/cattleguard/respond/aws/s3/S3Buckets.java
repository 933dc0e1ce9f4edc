package io.cattleguard.respond.aws.s3;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.ApiCalls;
import io.cattleguard.respond.aws.api.Refused;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.storage.Bucket;
import io.cattleguard.respond.aws.storage.Buckets;
import io.cattleguard.respond.aws.storage.PublicAccess;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.DeletePublicAccessBlockResponse;
import software.amazon.awssdk.services.s3.model.PublicAccessBlockConfiguration;
import software.amazon.awssdk.services.s3.model.PutPublicAccessBlockResponse;
import software.amazon.awssdk.services.s3.model.Tag;

/**
 * Real buckets, through the API of S3. Each call names the owner that the bucket must have. The
 * first call creates the client, so that only actions on buckets need it.
 */
public final class S3Buckets implements Buckets {
  private static final AwsLimits LIMITS =
      new AwsLimits(4, Duration.ofSeconds(5), Duration.ofSeconds(15));
  private static final Set<String> NO_BUCKET = Set.of("NoSuchBucket", "InvalidBucketName");
  private static final String NO_SETTINGS = "NoSuchPublicAccessBlockConfiguration";
  private static final String NO_TAGS = "NoSuchTagSet";

  private final Supplier<S3Client> client;

  S3Buckets(AwsClients aws, AwsLimits limits) {
    this.client = aws.onFirstUse("S3", S3Client::builder, limits);
  }

  /** Uses a client that these clients create. */
  public static S3Buckets of(AwsClients aws) {
    return new S3Buckets(aws, LIMITS);
  }

  /** A bucket of another account is not this account's, whatever its name. */
  @Override
  public Optional<Bucket> bucket(String account, String name) {
    try {
      String region =
          region(
              ApiCalls.known(
                      "S3 GetBucketLocation",
                      () ->
                          client
                              .get()
                              .getBucketLocation(
                                  request -> request.bucket(name).expectedBucketOwner(account)),
                      // In us-east-1 the response has no other content.
                      answer ->
                          answer.locationConstraintAsString() != null
                              || ApiCalls.hasRequestId(answer))
                  .locationConstraintAsString());
      return Optional.of(
          new Bucket(account, region, name, tags(account, name), access(account, name)));
    } catch (Refused e) {
      return missing(e);
    }
  }

  /** The oldest regions have special names. */
  private static String region(@Nullable String constraint) {
    if (constraint == null || constraint.isEmpty()) {
      return "us-east-1";
    }
    return constraint.equals("EU") ? "eu-west-1" : constraint;
  }

  private static <T> Optional<T> missing(Refused e) {
    if (NO_BUCKET.contains(e.code())) {
      return Optional.empty();
    }
    throw new Unavailable("S3 rejected the call: " + e.code(), e);
  }

  private Map<String, String> tags(String account, String name) throws Refused {
    Map<String, String> tags = new HashMap<>();
    try {
      for (Tag tag :
          ApiCalls.known(
                  "S3 GetBucketTagging",
                  () ->
                      client
                          .get()
                          .getBucketTagging(
                              request -> request.bucket(name).expectedBucketOwner(account)),
                  answer -> answer.hasTagSet())
              .tagSet()) {
        tags.put(tag.key(), tag.value());
      }
    } catch (Refused e) {
      if (!e.code().equals(NO_TAGS)) {
        throw e;
      }
    }
    return tags;
  }

  private Optional<PublicAccess> access(String account, String name) throws Refused {
    try {
      PublicAccessBlockConfiguration is =
          ApiCalls.known(
                  "S3 GetPublicAccessBlock",
                  () ->
                      client
                          .get()
                          .getPublicAccessBlock(
                              request -> request.bucket(name).expectedBucketOwner(account)),
                  // The SDK reads a foreign document as settings without any value.
                  answer -> isWhole(answer.publicAccessBlockConfiguration()))
              .publicAccessBlockConfiguration();
      return Optional.of(
          new PublicAccess(
              is.blockPublicAcls(),
              is.ignorePublicAcls(),
              is.blockPublicPolicy(),
              is.restrictPublicBuckets()));
    } catch (Refused e) {
      if (e.code().equals(NO_SETTINGS)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static boolean isWhole(@Nullable PublicAccessBlockConfiguration is) {
    return is != null
        && is.blockPublicAcls() != null
        && is.ignorePublicAcls() != null
        && is.blockPublicPolicy() != null
        && is.restrictPublicBuckets() != null;
  }

  @Override
  public Change set(Bucket bucket) {
    try {
      if (bucket.access().isPresent()) {
        put(bucket, bucket.access().get());
      } else {
        DeletePublicAccessBlockResponse unused =
            ApiCalls.known(
                "S3 DeletePublicAccessBlock",
                () ->
                    client
                        .get()
                        .deletePublicAccessBlock(
                            request ->
                                request
                                    .bucket(bucket.name())
                                    .expectedBucketOwner(bucket.account())),
                answer -> true);
      }
      return new Change.Made();
    } catch (Refused e) {
      return NO_BUCKET.contains(e.code()) ? new Change.Gone() : new Change.Denied(e.code());
    }
  }

  private void put(Bucket bucket, PublicAccess access) throws Refused {
    PutPublicAccessBlockResponse unused =
        ApiCalls.known(
            "S3 PutPublicAccessBlock",
            () ->
                client
                    .get()
                    .putPublicAccessBlock(
                        request ->
                            request
                                .bucket(bucket.name())
                                .expectedBucketOwner(bucket.account())
                                .publicAccessBlockConfiguration(
                                    settings ->
                                        settings
                                            .blockPublicAcls(access.blockPublicAcls())
                                            .ignorePublicAcls(access.ignorePublicAcls())
                                            .blockPublicPolicy(access.blockPublicPolicy())
                                            .restrictPublicBuckets(
                                                access.restrictPublicBuckets()))),
            answer -> true);
  }
}
