"""300 words (some 500 characters in Chinese) that say nothing about the candidate."""

from __future__ import annotations

PADDING = {
    "en": (
        "The office is on the third floor and the lift is next to the stairs. "
        "The canteen opens at noon and usually has soup, rice and two kinds of salad. "
        "The bus stops near the gate, and the next one comes after about a quarter of an hour. "
        "There are plants on the window sill and a round clock above the door. "
        "The street outside is wide and has old trees on both sides. "
        "Some people drink tea in the afternoon and others prefer coffee. "
        "The printer stands in the corner beside a grey cupboard with envelopes and paper. "
        "On Tuesdays the windows are cleaned, and on Fridays the bins are emptied. "
        "The building was once a factory for buttons, and a photograph in the hall shows how it looked. "
        "Across the road there is a bakery, a small post office and a shop that repairs bicycles. "
        "In spring the courtyard is full of blossom, and in autumn somebody sweeps the leaves into a heap. "
        "The carpet is green in one room and brown in the other. "
        "A radio plays quietly at the reception desk, mostly news and the weather. "
        "The kitchen has four mugs with flowers on them and a kettle that is slow to boil. "
        "Parking is free on the side street after six in the evening. "
        "The river is ten minutes away on foot, and there are benches along the bank. "
        "Many visitors say that the view from the roof is pleasant on a clear day. "
        "The walls were white at first and are a light yellow now. "
        "The door to the cellar sticks a little when it rains. "
        "The nearest station has two platforms and a kiosk that sells magazines. "
        "A cat from the house next door sleeps on the steps when the sun is out. "
        "The ceiling is high, so the rooms stay cool in summer. "
        "At the end of the corridor hangs a map of the region from before the new motorway."
    ),
    "zh": (
        "办公室在三楼，电梯旁边就是楼梯。食堂十一点半开门，平时有汤有面，周三有饺子。公交车站在大门口，一刻钟来一趟。"
        "窗台上放着几盆绿植，门上方挂着一个圆钟。外面的马路很宽，两边种着老梧桐，夏天很遮阴。有人下午喝茶，有人喝咖啡。"
        "打印机在墙角，旁边的灰柜子里放着信封和白纸。周二有人来擦玻璃，周五倒垃圾。这栋楼早先是一家纽扣厂，大厅里还挂着一张老照片。"
        "马路对面有一家面包店、一个小邮局，还有一个修自行车的摊子。春天院子里开花，秋天落叶扫成一堆。"
        "一间屋的地毯是绿的，另一间是棕的。前台的收音机声音不大，放的多半是新闻和天气。"
        "茶水间有四个印花的杯子，水壶烧得比较慢。晚上六点以后，旁边小路上停车不收费。走十分钟就到河边，沿岸有长椅。"
        "天气好的时候，楼顶能看得很远。墙原来是白的，现在有点发黄。下雨天地下室的门不太好推。"
        "最近的车站有两个站台，还有一个卖杂志的小亭子。太阳出来的时候，隔壁家的猫喜欢趴在台阶上。屋顶高，所以夏天屋里不热。"
        "走廊尽头挂着一张旧地图，那时候新高速还没有修。门口的信箱一共八个，有两个没有写名字。"
        "楼下花坛边上有一个石凳，上面刻着棋盘。沿街的路灯是前年换的，比以前亮一些。水龙头往左是热水，往右是凉水。"
    ),
}
