package millrace.peers;

/** A reading of the pump station: the fields of the other readings, and those of its own. */
public final class PumpReading extends Reading {
  public double flow;
  public double current;
  public double inlet;
  public double suction;
  public double discharge;
  public double envelope;
  public double acoustic;

  public double getFlow() {
    return flow;
  }

  public double getCurrent() {
    return current;
  }

  public double getInlet() {
    return inlet;
  }

  public double getSuction() {
    return suction;
  }

  public double getDischarge() {
    return discharge;
  }

  public double getEnvelope() {
    return envelope;
  }

  public double getAcoustic() {
    return acoustic;
  }
}
