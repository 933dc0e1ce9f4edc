package io.cattleguard.respond.kubernetes.evidence;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.aws.AwsLimits;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.store.Deadline;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Keeps evidence in a bucket, below {@code evidence/}. Every write has the condition that there is
 * no object with its key. Object Lock of the bucket keeps others from deleting what was written.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html">Conditional
 *     writes</a>
 */
public final class S3EvidenceStore implements EvidenceStore {
  private static final String SERVICE = "S3";
  private static final String PREFIX = "evidence/";
  private static final String NO_OBJECT = "*";
  private static final int EXISTS = 412;
  private static final int CONFLICT = 409;
  private static final int CONFLICTS = 5;

  /** Longer than any part or manifest. A longer object was not written by Cattleguard. */
  private static final int LARGEST = 16 * 1_024 * 1_024;

  private final S3Client s3;
  private final String bucket;
  private final Supplier<Duration> left;

  /** Uses a bucket. */
  public S3EvidenceStore(AwsClients aws, String bucket) {
    this(client(aws), bucket, AwsLimits.DEFAULT::call);
  }

  /**
   * Uses a bucket.
   *
   * @param left the time that is left for a call
   */
  private S3EvidenceStore(S3Client s3, String bucket, Supplier<Duration> left) {
    this.s3 = s3;
    this.bucket = bucket;
    this.left = left;
  }

  /** Each write has its SHA-256, so the SDK need not add a checksum of its own. */
  private static S3Client client(AwsClients aws) {
    return aws.build(
        SERVICE,
        S3Client.builder()
            .serviceConfiguration(settings -> settings.chunkedEncodingEnabled(false))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED));
  }

  private static String at(String key) {
    if (!key.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")) {
      throw new IllegalArgumentException("not a key of evidence: " + key);
    }
    return PREFIX + key;
  }

  private AwsRequestOverrideConfiguration limits() {
    Duration time = left.get();
    if (!time.isPositive()) {
      throw new Unavailable("S3: the deadline is over");
    }
    return AwsRequestOverrideConfiguration.builder().apiCallTimeout(time).build();
  }

  @Override
  public boolean put(String key, byte[] content) {
    String at = at(key);
    for (int conflict = 0; conflict < CONFLICTS; conflict++) {
      PutObjectRequest request =
          PutObjectRequest.builder()
              .bucket(bucket)
              .key(at)
              .ifNoneMatch(NO_OBJECT)
              .checksumSHA256(sha256(content))
              .overrideConfiguration(limits())
              .build();
      try {
        var unused = s3.putObject(request, RequestBody.fromBytes(content));
        return true;
      } catch (S3Exception e) {
        if (e.statusCode() == EXISTS) {
          // A retry may meet its own first attempt, whose response was lost.
          return isRetry(e) && holds(key, content);
        }
        // Another write to this key is under way: S3 asks for a retry.
        if (e.statusCode() != CONFLICT) {
          throw unavailable(e);
        }
      } catch (SdkException e) {
        throw unavailable(e);
      }
    }
    throw new Unavailable("S3: other writes of the same object, " + CONFLICTS + " times");
  }

  /** The responder's role may read manifests only, of which each has a number. */
  private boolean holds(String key, byte[] content) {
    try {
      return get(key).filter(stored -> Arrays.equals(stored, content)).isPresent();
    } catch (Unavailable e) {
      return false;
    }
  }

  private static boolean isRetry(SdkException e) {
    Integer attempts = e.numAttempts();
    return attempts != null && attempts > 1;
  }

  @Override
  public Optional<byte[]> get(String key) {
    GetObjectRequest request =
        GetObjectRequest.builder()
            .bucket(bucket)
            .key(at(key))
            .overrideConfiguration(limits())
            .build();
    try {
      return Optional.of(s3.getObject(request, bytes()));
    } catch (NoSuchKeyException e) {
      return Optional.empty();
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  /** Truncates an object that is too long; its hash then does not match. */
  private static ResponseTransformer<GetObjectResponse, byte[]> bytes() {
    return (response, in) -> {
      try {
        byte[] content = in.readNBytes(LARGEST);
        if (content.length == LARGEST) {
          in.abort();
        }
        return content;
      } catch (IOException e) {
        throw RetryableException.create("the response ended early", e);
      }
    };
  }

  @Override
  public List<String> keys(String folder) {
    ListObjectsV2Request request =
        ListObjectsV2Request.builder()
            .bucket(bucket)
            .prefix(at(folder) + "/")
            .overrideConfiguration(limits())
            .build();
    try {
      return s3.listObjectsV2Paginator(request).contents().stream()
          .map(S3Object::key)
          .map(key -> key.substring(PREFIX.length()))
          .sorted()
          .toList();
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  @Override
  public EvidenceStore within(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    EvidenceStore bounded =
        new S3EvidenceStore(s3, bucket, () -> Duration.ofNanos(end - System.nanoTime()));
    return Deadline.in(time).bound(EvidenceStore.class, bounded);
  }

  private static Unavailable unavailable(SdkException e) {
    AwsFailure failure = new AwsFailure(SERVICE, e);
    return new Unavailable(String.valueOf(failure.getMessage()), failure);
  }

  private static String sha256(byte[] content) {
    try {
      return Base64.getEncoder()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
