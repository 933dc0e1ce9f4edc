package io.cattleguard.respond.aws.s3;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.events.TakesLong;
import io.cattleguard.respond.aws.ec2.Ec2Snapshots;
import io.cattleguard.respond.aws.ec2.MotoServer;
import io.cattleguard.respond.aws.network.Account;
import io.cattleguard.respond.aws.storage.StorageContract;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Tag;

/** Runs the contract with moto's S3 and EC2. */
@TakesLong
final class StorageOnMotoTest extends StorageContract {
  private static MotoServer moto;
  private static AwsClients aws;
  private static S3Client s3;
  private static Ec2Client ec2;
  private static int made;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    moto = MotoServer.start();
    aws = moto.aws();
    s3 = aws.build("S3", S3Client.builder().forcePathStyle(true));
    ec2 = aws.build("EC2", Ec2Client.builder());
  }

  @AfterAll
  static void stop() {
    if (moto != null) {
      moto.close();
    }
  }

  @Override
  protected World world() {
    String name = "reports-" + made++;
    s3.createBucket(
        request ->
            request
                .bucket(name)
                .createBucketConfiguration(in -> in.locationConstraint(Account.REGION)));
    s3.putBucketTagging(
        request ->
            request
                .bucket(name)
                .tagging(all -> all.tagSet(Tag.builder().key("team").value("web").build())));
    s3.deletePublicAccessBlock(request -> request.bucket(name));
    String instance =
        ec2.runInstances(request -> request.imageId("ami-12c6146b").minCount(1).maxCount(1))
            .instances()
            .getFirst()
            .instanceId();
    String zone = Account.REGION + "a";
    String volume = ec2.createVolume(request -> request.size(1).availabilityZone(zone)).volumeId();
    ec2.attachVolume(request -> request.instanceId(instance).volumeId(volume).device("/dev/sdf"));
    return new World(S3Buckets.of(aws), name, Ec2Snapshots.of(aws), instance);
  }
}
