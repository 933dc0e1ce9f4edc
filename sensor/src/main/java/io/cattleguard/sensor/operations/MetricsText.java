package io.cattleguard.sensor.operations;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Metrics at one moment, written in Prometheus's text format by the Prometheus client. */
public final class MetricsText {
  private static final ExpositionFormatWriter WRITER = PrometheusTextFormatWriter.create();

  /** The content type of the format. */
  public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private final List<MetricSnapshot> metrics = new ArrayList<>();

  /** A counter without labels. */
  public void counter(String name, String help, double value) {
    CounterDataPointSnapshot point = CounterDataPointSnapshot.builder().value(value).build();
    metrics.add(CounterSnapshot.builder().name(name).help(help).dataPoint(point).build());
  }

  /** A counter of an integer, without labels. */
  public void counter(String name, String help, long value) {
    counter(name, help, (double) value);
  }

  /** A gauge without labels. */
  public void gauge(String name, String help, double value) {
    GaugeDataPointSnapshot point = GaugeDataPointSnapshot.builder().value(value).build();
    metrics.add(GaugeSnapshot.builder().name(name).help(help).dataPoint(point).build());
  }

  /** A gauge of an integer, without labels. */
  public void gauge(String name, String help, long value) {
    gauge(name, help, (double) value);
  }

  /** A counter with one label. */
  public void counter(
      String name, String help, String label, Map<String, ? extends Number> values) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    values.forEach(
        (value, count) ->
            counter.dataPoint(
                CounterDataPointSnapshot.builder()
                    .labels(Labels.of(label, value))
                    .value(count.doubleValue())
                    .build()));
    metrics.add(counter.build());
  }

  /** A counter with several labels; each key has one value per label. */
  public void counter(
      String name, String help, List<String> labels, Map<List<String>, ? extends Number> values) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    values.forEach(
        (value, count) ->
            counter.dataPoint(
                CounterDataPointSnapshot.builder()
                    .labels(Labels.of(labels, value))
                    .value(count.doubleValue())
                    .build()));
    metrics.add(counter.build());
  }

  /**
   * A histogram.
   *
   * @param bounds upper bounds of the buckets, the last one infinite
   * @param counts of each bucket alone
   */
  public void histogram(
      String name, String help, List<Double> bounds, List<Long> counts, double sum) {
    HistogramDataPointSnapshot point =
        HistogramDataPointSnapshot.builder()
            .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
            .sum(sum)
            .build();
    metrics.add(HistogramSnapshot.builder().name(name).help(help).dataPoint(point).build());
  }

  /** A gauge with one label. */
  public void gauge(String name, String help, String label, Map<String, ? extends Number> values) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    values.forEach(
        (value, count) ->
            gauge.dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(Labels.of(label, value))
                    .value(count.doubleValue())
                    .build()));
    metrics.add(gauge.build());
  }

  /** A gauge with several labels; each key has their values, in the order of the names. */
  public void gauge(
      String name, String help, List<String> labels, Map<List<String>, ? extends Number> values) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    values.forEach(
        (texts, count) ->
            gauge.dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(Labels.of(labels, texts))
                    .value(count.doubleValue())
                    .build()));
    metrics.add(gauge.build());
  }

  /** A gauge that is always 1, whose label is the information. */
  public void info(String name, String help, String label, String value) {
    InfoDataPointSnapshot point =
        InfoDataPointSnapshot.builder().labels(Labels.of(label, value)).build();
    metrics.add(InfoSnapshot.builder().name(name).help(help).dataPoint(point).build());
  }

  /** The text, in UTF-8. */
  public byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(8_192);
    try {
      WRITER.write(out, new MetricSnapshots(metrics));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
