package io.cattleguard.app.board;

import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.store.FolderEvidenceStore;
import io.cattleguard.respond.kubernetes.evidence.S3EvidenceStore;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the evidence of incidents is.
 *
 * @param store if its name is known
 * @param place in words
 * @param options of {@code cattleguard evidence} that name it
 */
public record ShownEvidence(Optional<EvidenceStore> store, String place, String options) {
  /** That of a running server. */
  public static ShownEvidence ofUp(Path data) {
    return new ShownEvidence(
        Optional.of(new FolderEvidenceStore(data.resolve("evidence"))),
        "folder " + data.resolve("evidence"),
        "--data " + DeploymentChoice.quoted(data.toString()));
  }

  /** That of a stack, in a bucket whose name may not be known. */
  static ShownEvidence inAws(AwsClients aws, Optional<String> bucket, Optional<String> region) {
    return new ShownEvidence(
        bucket.map(name -> new S3EvidenceStore(aws, name)),
        bucket.map(name -> "S3 bucket " + name).orElse("the stack's S3 bucket"),
        "--bucket "
            + bucket.map(DeploymentChoice::quoted).orElse("NAME")
            + region.map(one -> " --region " + DeploymentChoice.quoted(one)).orElse(""));
  }
}
