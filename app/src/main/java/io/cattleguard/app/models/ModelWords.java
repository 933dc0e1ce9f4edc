package io.cattleguard.app.models;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.models.DeviationRule;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ModelFiles.ModelFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The words that all commands about models share. */
final class ModelWords {
  /** More networks than the partners of a workload have. */
  private static final int MANY_NETWORKS = 16;

  private ModelWords() {}

  /** The entries that stay deviations until another start repeats them, or a person accepts. */
  static List<Entry> unconfirmed(Model model) {
    return model.entries().entrySet().stream()
        .filter(
            entry -> Risk.of(entry.getKey()).rule().isRisky() && !entry.getValue().isConfirmed())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** What to accept for a client of the internet whose peers have other networks each day. */
  static Optional<String> changingNetworks(Model model, String program) {
    Map<Integer, Long> byPort =
        model.entries().keySet().stream()
            .filter(
                entry ->
                    entry instanceof Peer peer
                        && peer.peerKind() == PeerKind.NETWORK
                        && !peer.name().equals(Deviations.PUBLIC)
                        && Risk.of(peer).rule() == DeviationRule.PUBLIC_PEER)
            .collect(Collectors.groupingBy(Entry::port, TreeMap::new, Collectors.counting()));
    return byPort.entrySet().stream()
        .filter(port -> port.getValue() > MANY_NETWORKS)
        .filter(port -> !isInternetAccepted(model, port.getKey()))
        .findFirst()
        .map(
            port ->
                port.getValue()
                    + " networks of the internet on port "
                    + EntryText.port(port.getKey())
                    + ": if its peers change their addresses, accept all with "
                    + program
                    + " model accept "
                    + name(model.workload())
                    + " peer:network:public:"
                    + EntryText.port(port.getKey()));
  }

  private static boolean isInternetAccepted(Model model, int port) {
    return Stream.of(port, Entry.ANY_PORT)
        .anyMatch(
            one -> model.entries().containsKey(new Peer(PeerKind.NETWORK, Deviations.PUBLIC, one)));
  }

  /** The model that a person names by its file or its workload. */
  static ModelFile named(String name, Map<Workload, ModelFile> models) {
    for (ModelFile file : models.values()) {
      String fileName = name.substring(name.lastIndexOf('/') + 1);
      if (file.model().workload().toString().equals(name) || file.name().equals(fileName)) {
        return file;
      }
    }
    List<String> known = models.keySet().stream().map(Workload::toString).toList();
    throw new UsageError(
        "no model of "
            + name
            + ClosestWord.hint(name, known)
            + "; cattleguard model list shows the models");
  }

  /** A workload for people; model accept takes the other form. */
  static String name(Workload workload) {
    return workload + (workload.container().isEmpty() ? "(no container)" : "");
  }

  /** A number and the noun that fits it. */
  static String count(long number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }
}
