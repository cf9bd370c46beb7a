//! The trade-off as a picture: recall of attacks against false alerts.

use crate::measure::{Curve, Peer};
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use std::path::Path;

/// False alerts per image and week that the picture ends at.
const WIDEST: f64 = 10_000.0;
/// Least rate shown; what has none stands there.
const LEAST: f64 = 0.01;

pub(crate) fn draw(curves: &[Curve], peers: &[Peer], path: &Path) -> Result<()> {
    let area = SVGBackend::new(path, (820, 560)).into_drawing_area();
    let failed = |error: &dyn std::fmt::Display| anyhow!("can't draw {}: {error}", path.display());
    area.fill(&WHITE).map_err(|e| failed(&e))?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Attacks told against false alerts, held out", ("sans-serif", 18))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d((LEAST..WIDEST).log_scale(), 0.0..1.02)
        .map_err(|e| failed(&e))?;
    chart
        .configure_mesh()
        .x_desc("false alerts per image and week")
        .y_desc("share of attacks told")
        .draw()
        .map_err(|e| failed(&e))?;
    for (number, curve) in curves.iter().enumerate() {
        let color = Palette99::pick(number).to_rgba();
        let points = curve.points.iter().map(|(x, y)| (x.clamp(LEAST, WIDEST), *y));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))
            .map_err(|e| failed(&e))?
            .label(curve.name.as_str())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
    }
    let alone = peers.iter().filter(|peer| curves.iter().all(|curve| curve.name != peer.name));
    for (number, peer) in alone.enumerate() {
        let color = Palette99::pick(curves.len() + number).to_rgba();
        let at = (peer.false_alerts_per_image_week.clamp(LEAST, WIDEST), peer.attack_recall);
        chart
            .draw_series([Circle::new(at, 5, color.filled())])
            .map_err(|e| failed(&e))?
            .label(peer.name.as_str())
            .legend(move |(x, y)| Circle::new((x + 8, y), 5, color.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()
        .map_err(|e| failed(&e))?;
    area.present().map_err(|e| failed(&e))
}
