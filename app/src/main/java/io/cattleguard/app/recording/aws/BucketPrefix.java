package io.cattleguard.app.recording.aws;

import io.cattleguard.app.recording.Recordings;
import io.cattleguard.app.recording.UnreadRest;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.aws.AwsLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.InvalidObjectStateException;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The objects of an S3 prefix as a recording, plain or gzip, in the order of their keys. */
public final class BucketPrefix {
  private static final String SERVICE = "S3";
  private static final String SCHEME = "s3://";

  /** A large object takes longer than the usual call. */
  private static final AwsLimits LIMITS =
      new AwsLimits(4, Duration.ofMinutes(10), Duration.ofMinutes(15));

  private final S3Client client;
  private final int objects;
  private final long bytes;

  /**
   * Reads with those clients.
   *
   * @param objects the maximum number of objects
   * @param bytes the maximum size of all objects, as they are stored
   */
  public BucketPrefix(AwsClients aws, int objects, long bytes) {
    // The SDK's default checks are for uploads, and not every store that speaks S3 has them.
    this.client =
        aws.build(
            SERVICE,
            S3Client.builder()
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED),
            LIMITS);
    this.objects = objects;
    this.bytes = bytes;
  }

  /**
   * Reads {@code s3://BUCKET/PREFIX}.
   *
   * @return a sentence if a limit left objects unread
   * @throws UsageError if the address is wrong, or an object cannot be read
   */
  public Optional<String> read(String address, Recordings.Reader reader) {
    int slash = address.indexOf('/', SCHEME.length());
    String bucket =
        address.startsWith(SCHEME)
            ? address.substring(SCHEME.length(), slash < 0 ? address.length() : slash)
            : "";
    if (bucket.isEmpty()) {
      throw new UsageError("--from-s3 " + address + ": expected s3://BUCKET/PREFIX");
    }
    String prefix = slash < 0 ? "" : address.substring(slash + 1);
    ListObjectsV2Request request =
        ListObjectsV2Request.builder().bucket(bucket).prefix(prefix).build();
    int count = 0;
    long size = 0;
    while (true) {
      ListObjectsV2Response page = page(address, request);
      for (S3Object object : page.contents()) {
        if (object.size() == 0) {
          continue; // consoles mark folders with empty objects
        }
        if (count == objects || size + object.size() > bytes) {
          return Optional.of(
              String.format(
                  Locale.ROOT,
                  "%s has more than %,d objects or %,d MB; %,d objects were read, by the order of"
                      + " their keys. Set a longer prefix",
                  address,
                  objects,
                  bytes >> 20,
                  count));
        }
        count++;
        size += object.size();
        read(address, bucket, object.key(), reader);
      }
      String next = page.nextContinuationToken();
      if (!Boolean.TRUE.equals(page.isTruncated()) || next == null) {
        break;
      }
      request = request.toBuilder().continuationToken(next).build();
    }
    if (count == 0) {
      throw new UsageError("--from-s3 " + address + ": no object has this prefix");
    }
    return Optional.empty();
  }

  private void read(String address, String bucket, String key, Recordings.Reader reader) {
    String name = SCHEME + bucket + "/" + key;
    try (InputStream in = client.getObject(get -> get.bucket(bucket).key(key))) {
      Recordings.read(name, in, reader);
    } catch (InvalidObjectStateException e) {
      reader.lost(new UnreadRest(name, 0, "archived in S3 Glacier, restore the object first"));
    } catch (NoSuchKeyException e) {
      reader.lost(new UnreadRest(name, 0, "deleted since its name was listed"));
    } catch (SdkException e) {
      throw AwsRecordings.error("--from-s3 " + address, "s3:GetObject", new AwsFailure(SERVICE, e));
    } catch (IOException | UncheckedIOException e) {
      throw new UsageError(name + ": cannot be read: " + e.getMessage());
    }
  }

  private ListObjectsV2Response page(String address, ListObjectsV2Request request) {
    try {
      return client.listObjectsV2(request);
    } catch (NoSuchBucketException e) {
      throw new UsageError("--from-s3 " + address + ": no such bucket");
    } catch (SdkException e) {
      throw AwsRecordings.error(
          "--from-s3 " + address, "s3:ListBucket", new AwsFailure(SERVICE, e));
    }
  }
}
