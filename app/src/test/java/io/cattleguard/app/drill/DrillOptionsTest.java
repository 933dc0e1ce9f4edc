package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Shell;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options that a drill rejects before it starts anything. */
final class DrillOptionsTest {
  @ParameterizedTest(name = "drill {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--data d                                          | set --kubeconfig FILE",
        "--data d --inject --namespace kube-system         | a protected or system namespace",
        "--data d --inject --namespace kube-flannel        | a protected or system namespace",
        "--data d --inject --namespace openshift-dns       | a protected or system namespace",
        "--data d --inject --namespace falco               | a protected or system namespace",
        "--data d --inject --namespace argocd              | a protected or system namespace",
        "--data d --inject --namespace default             | a protected or system namespace",
        "--data d --inject --namespace A_b                 | not the name of a namespace",
        "--data d --inject --image busybox;reboot          | not the name of an image",
        "--data d --inject --steps shell,dance             | no step 'dance'; there are shell,",
        "--data d --inject --timeout 2h                    | expected a duration up to 10m",
        "--data d --inject --json --markdown               | choose one",
        "--data d --inject --cluster canary                | reserved",
        "--data d --inject                                 | add --yes",
        "--data d --kubeconfig nowhere --yes               | cannot be read",
      })
  void anInvalidOptionIsAUsageErrorThatSaysWhatIsExpected(String options, String says) {
    String[] arguments = ("drill " + options).split(" ", -1);

    Shell.Result result = new Shell().run(arguments);

    assertEquals(2, result.code(), result.err());
    assertTrue(result.err().contains(says), result.err());
  }
}
