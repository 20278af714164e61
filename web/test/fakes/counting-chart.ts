import { createChart, type IChartApi, type ISeriesApi, type SeriesType } from 'lightweight-charts'

/** The chart library as it is, with a count of what it is given. */
export function countingChart() {
  const count = { points: 0, calls: 0 }
  const charts: IChartApi[] = []
  const watch = (series: ISeriesApi<SeriesType>): ISeriesApi<SeriesType> => {
    const { setData, update } = series
    series.setData = (points) => {
      count.calls += 1
      count.points += points.length
      setData.call(series, points)
    }
    series.update = (point, historical) => {
      count.calls += 1
      count.points += 1
      update.call(series, point, historical)
    }
    return series
  }
  const create = ((...given: Parameters<typeof createChart>): IChartApi => {
    const chart = createChart(...given)
    const { addSeries } = chart
    chart.addSeries = ((...of: Parameters<IChartApi['addSeries']>) =>
      watch(addSeries.apply(chart, of))) as IChartApi['addSeries']
    charts.push(chart)
    return chart
  }) as typeof createChart
  return {
    create,
    count,
    /** The one made last. */
    get chart(): IChartApi {
      const chart = charts.at(-1)
      if (chart === undefined) throw new Error('no chart was made')
      return chart
    },
  }
}
