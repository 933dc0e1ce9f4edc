package io.cattleguard.route.s3;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.aws.AwsDeliveries;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** A bucket: one object per finding, partitioned by date. */
public final class S3Destination implements Destination {
  private final S3Settings settings;
  private final Secrets secrets;
  private final AwsDeliveries<S3Client> deliveries;

  /** Writes to the bucket of the settings. */
  public S3Destination(S3Settings settings, Secrets secrets) {
    this.settings = settings;
    this.secrets = secrets;
    this.deliveries = new AwsDeliveries<>("S3", secrets, S3Destination::client);
  }

  private static S3Client client(AwsClients aws) {
    return aws.build(
        "S3",
        S3Client.builder()
            .serviceConfiguration(settings -> settings.chunkedEncodingEnabled(false))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED),
        AwsLimits.ONE_ATTEMPT);
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> batch, Instant now) {
    Optional<Outcome> notConfigured = settings.notConfigured(secrets);
    if (notConfigured.isPresent()) {
      return Collections.nCopies(batch.size(), notConfigured.get());
    }
    String bucket = settings.bucket().value(secrets).orElseThrow().strip();
    if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
      return Collections.nCopies(
          batch.size(),
          new Outcome.Blocked(settings.bucket().described() + " is not the name of a bucket"));
    }
    return deliveries.each(
        batch, 1, now, (s3, one) -> List.of(put(s3, bucket, one.getFirst().notice())));
  }

  private Outcome put(S3Client s3, String bucket, Notice notice) {
    LakeObject object = LakeObject.of(notice, settings.prefix());
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(bucket)
            .key(object.key())
            .contentType("application/gzip")
            .checksumAlgorithm(ChecksumAlgorithm.SHA256);
    settings.account().ifPresent(request::expectedBucketOwner);
    PutObjectResponse unused = s3.putObject(request.build(), RequestBody.fromBytes(object.bytes()));
    return new Outcome.Delivered();
  }

  /** Type and name only. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
