package io.cattleguard.app.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.policy.PolicyNode.Mapping;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The story in {@code demo.yaml}: workloads, background events and attack steps.
 *
 * @param noise background events by name
 */
public record DemoStory(
    String cluster, List<Workload> workloads, Map<String, Noise> noise, List<Act> acts) {
  private static final String FILE = "demo.yaml";

  /** Copies the lists. */
  public DemoStory {
    workloads = List.copyOf(workloads);
    acts = List.copyOf(acts);
  }

  /**
   * Pods and their controller.
   *
   * @param name namespace, kind and name: {@code shop/Deployment/web}
   * @param pods as {@code name@node}
   * @param disruptionsAllowed how many disruptions its PodDisruptionBudget allows; empty without
   *     one
   */
  record Workload(
      String name, String image, List<String> pods, Optional<Integer> disruptionsAllowed) {}

  /**
   * A background event that repeats.
   *
   * @param on the workload whose pods have it in turn; empty for events about Falco itself
   */
  record Noise(Optional<String> on, ObjectNode event) {}

  /**
   * One scene.
   *
   * @param noise how often each background event occurs
   * @param attack the attacker's step; empty in an act without one
   */
  public record Act(
      String title, String text, Map<String, Integer> noise, Optional<Attack> attack) {}

  /** One step of the attacker, on one pod. */
  public record Attack(String pod, ObjectNode event) {}

  public static DemoStory read() {
    try (InputStream in = DemoStory.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is not on the class path");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return read(PolicyNode.read(FILE, text).orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DemoStory read(PolicyNode file) {
    Mapping keys = file.mapping("cluster", "workloads", "noise", "acts");
    Map<String, Noise> noise = new LinkedHashMap<>();
    Mapping noises = keys.required("noise").anyMapping();
    for (String name : noises.keys()) {
      Mapping one = noises.required(name).mapping("on", "event");
      noise.put(
          name, new Noise(one.optional("on").map(PolicyNode::text), object(one.required("event"))));
    }
    return new DemoStory(
        keys.required("cluster").text(),
        keys.required("workloads").items().stream().map(DemoStory::workload).toList(),
        noise,
        keys.required("acts").items().stream().map(DemoStory::act).toList());
  }

  private static Workload workload(PolicyNode node) {
    Mapping keys = node.mapping("workload", "image", "pods", "disruptions-allowed");
    List<String> pods = new ArrayList<>();
    keys.required("pods").items().forEach(pod -> pods.add(pod.text()));
    return new Workload(
        keys.required("workload").text(),
        keys.required("image").text(),
        pods,
        keys.optional("disruptions-allowed").map(number -> number.wholeNumber(0, 100)));
  }

  private static Act act(PolicyNode node) {
    Mapping keys = node.mapping("title", "text", "noise", "on", "event");
    Map<String, Integer> noise = new LinkedHashMap<>();
    Mapping noises = keys.required("noise").anyMapping();
    for (String name : noises.keys()) {
      noise.put(name, noises.required(name).wholeNumber(1, 10_000));
    }
    return new Act(
        keys.required("title").text(),
        keys.required("text").text(),
        noise,
        keys.optional("on").map(pod -> new Attack(pod.text(), object(keys.required("event")))));
  }

  private static ObjectNode object(PolicyNode node) {
    return (ObjectNode) node.toJson();
  }
}
